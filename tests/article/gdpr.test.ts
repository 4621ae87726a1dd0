import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { organisations } from '../../stand-ins/world.ts';
import { browserOf, fairVendor, giveVendorAccess, orderCards, submitMain } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const AS_VENDOR = `/b/${organisations.blueHammer}/by/${fairVendor.number}`;
const WORKER = 'Áilu Čáhcesuolu';

let world: World;
let mandateId: string;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  ({ mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read', 'workers.read']));
}, 60_000);
afterAll(async () => {
  await world.stop();
});

interface Seen {
  readonly viewer: string;
  readonly vendor: string;
  readonly subject: string;
  readonly fields: readonly string[];
  readonly occasion: string;
}

/** Who saw what of whom under the vendor's mandate, each once. */
const disclosures = () =>
  world.rows<Seen>(
    `select distinct d.viewer_name as viewer, v.name as vendor, p.name as subject, d.fields::text[] as fields, d.occasion
     from disclosures d join persons p on p.id = d.subject_person_id join businesses v on v.id = d.vendor_id
     join businesses b on b.id = d.business_id
     where d.mandate_id = $1 and b.organisation_number = $2 order by d.occasion, p.name`,
    [mandateId, organisations.blueHammer],
  );

describe('you as the employer are responsible for ensuring that it is handled in accordance with the GDPR', () => {
  test('whatever a vendor looks at leaves who, for which vendor, of whom and which fields; a refusal leaves nothing', async () => {
    const member = await browserOf(world, fairVendor.member, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    await member.goto(`${AS_VENDOR}/orders`);
    await member.goto(`${AS_VENDOR}/orders/new`);
    expect(await disclosures()).toEqual([]);

    // The list of one unit's workers.
    await member.getByRole('radio', { name: /TROMSØ/u }).check();
    await submitMain(member);
    await member.waitForURL(/unit=/u);
    const names = (await member.locator('input[name=worker] ~ label').allInnerTexts()).map((text) =>
      text.trim(),
    );
    const listed = await disclosures();
    expect(listed.map(({ subject }) => subject).toSorted()).toEqual(names.toSorted());
    expect(new Set(listed.map(({ subject: _subject, ...rest }) => JSON.stringify(rest)))).toEqual(
      new Set([
        JSON.stringify({
          viewer: fairVendor.memberName,
          vendor: fairVendor.name,
          fields: ['name', 'birth-date', 'employment'],
          occasion: 'worker-list',
        }),
      ]),
    );

    // One order, with its photo.
    const orderId = await orderCards(member, AS_VENDOR, { unit: /TROMSØ/u, workers: [WORKER] });
    const buffer = await drawPortrait(WORKER);
    await member
      .locator('input[name^=photo]')
      .setInputFiles({ name: 'foto.jpg', mimeType: 'image/jpeg', buffer });
    await member.getByRole('button', { name: 'Last opp' }).click();
    await member.getByText('Bildet er lagret.').waitFor();
    const [line] = await world.rows<{ photo: string }>(
      'select photo_id as photo from order_lines where order_id = $1',
      [orderId],
    );
    await member.goto(`${AS_VENDOR}/photos/${line?.photo ?? ''}`);
    // The preview of the card says again what the list had shown, each time that it is drawn.
    const seen = (await disclosures()).filter(({ occasion }) => !['worker-list', 'card'].includes(occasion));
    expect(seen.map(({ subject, occasion, fields }) => [subject, occasion, fields])).toEqual([
      [WORKER, 'order', ['name']],
      [WORKER, 'photo', ['photo']],
    ]);

    // Refused, nothing seen: nothing is recorded as seen, and the attempt is in the log.
    const before = await disclosures();
    await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where id = $1`, [
      mandateId,
    ]);
    expect((await member.goto(`${AS_VENDOR}/orders/new`))?.status()).toBe(403);
    expect(await disclosures()).toEqual(before);
    expect(
      await world.rows(
        `select decision, rule from audit_entries where action = 'workers.seen' and mandate_id = $1`,
        [mandateId],
      ),
    ).toEqual([{ decision: 'refused', rule: 'mandate-ended' }]);
  }, 60_000);
});
