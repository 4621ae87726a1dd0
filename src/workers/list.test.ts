import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import cardsEn from '../cards/en.json' with { type: 'json' };
import cardsNb from '../cards/nb.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createWorkerPages } from './pages.tsx';

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let officer: FixturePerson;
let list: string;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const words = {
    nb: { workers: nb, access: accessNb, cards: cardsNb },
    en: { workers: en, access: accessEn, cards: cardsEn },
  };
  pages = await createPageCaller(words, (app) => {
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(base, createWorkerPages({ database: fixtures.database }));
    }
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  officer = await fixtures.person('Våken Spurv');
  await fixtures.officer(business, officer);
  list = `/b/${business.number}/workers`;
});
afterAll(() => fixtures.stop());

describe('the worker list', () => {
  test('shows each worker with the card, and what is in the way of the next', async () => {
    await worker('Áilu Čáhcesuolu');
    await worker('Har Sluttet', { employed_to: '2026-01-01' });
    await worker('Inaktivt Nummer', { number_active: false });
    const holder = await worker('Har Kort');
    const { cardId } = await fixtures.order(business, holder, officer);
    await fixtures.rows(`update cards set expires_at = now() + interval '300 days' where id = $1`, [cardId]);
    const { text } = await pages.get(small(officer), list);
    for (const words of [
      ...['Áilu Čáhcesuolu', 'Born', `Order a card for Áilu Čáhcesuolu`],
      ...[en.obstacle['employment-ended'], en.obstacle['number-inactive'], en.obstacle['valid-card']],
      `/cards/${cardId}`,
    ]) {
      expect(text).toContain(words);
    }
    const seen = await fixtures.rows(
      `select distinct subject_person_id from disclosures where viewer_person_id = $1 and occasion = 'worker-list'`,
      [officer.id],
    );
    expect(seen).toHaveLength(4);
    // What keeps a card from being valid is said with it.
    expect(text).not.toContain(cardsEn.condition.DNR_INACTIVE);
    await fixtures.rows(`update cards set suspended_reason = 'DNR_INACTIVE' where id = $1`, [cardId]);
    expect((await pages.get(small(officer), list)).text).toContain(cardsEn.condition.DNR_INACTIVE);
  });

  test('is searched by name, and by no pattern', async () => {
    await worker('Bjørn 100% Berg');
    expect(rowsOf((await pages.search(small(officer), list, 'cess')).text)).toBe(0);
    expect(rowsOf((await pages.search(small(officer), list, 'čáhce')).text)).toBe(1);
    expect(rowsOf((await pages.search(small(officer), list, '%')).text)).toBe(1);
    expect((await pages.search(small(officer), list, 'nobody')).text).toContain(en.list.none);
  });

  test('leads through five hundred, a page at a time, each once', async () => {
    const crowded = await fixtures.business({ name: 'STOR MUR AS' });
    await fixtures.officer(crowded, officer);
    await fixtures.rows(
      `with p as (insert into persons (national_id_hash, national_id_encrypted, name)
         select sha256(('crowd' || n)::bytea), '', 'Arbeider ' || lpad(n::text, 3, '0') from generate_series(1, 500) n returning id, name)
       insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       select $1, $2, id, name, name, '1990-01-01', '2020-01-01', now() from p`,
      [crowded.id, crowded.unit],
    );
    const seen: string[] = [];
    let address: string | undefined = `/b/${crowded.number}/workers`;
    while (address !== undefined) {
      const { text } = await pages.get(small(officer), address);
      seen.push(...new Set([...text.matchAll(/Arbeider \d{3}/gu)].map(([name]) => name)));
      address = /href="([^"]*after=[^"]*)"/u.exec(text)?.[1];
    }
    expect(seen).toHaveLength(500);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  test('is read anew when asked for, once however often, and audited; it is closed to those without the right', async () => {
    for (let twice = 0; twice < 2; twice += 1) {
      expect((await pages.post(small(officer), `${list}/refresh`, {})).status).toBe(303);
    }
    const clerk = await fixtures.person('Ivrig Ekorn');
    await fixtures.personMandate(business, clerk, officer, ['orders.read']);
    expect((await pages.get(small(clerk), list)).status).toBe(403);
    expect((await pages.post(small(clerk), `${list}/refresh`, {})).status).toBe(403);
    const asked = await fixtures.rows(
      `select decision from audit_entries where business_id = $1 and action = 'workers.refresh-asked' order by id`,
      [business.id],
    );
    expect(asked).toEqual([{ decision: 'allowed' }, { decision: 'allowed' }, { decision: 'refused' }]);
    const jobs = await fixtures.rows(
      `select from graphile_worker.jobs where task_identifier = 'workers.refresh' and key = $1`,
      [`workers.refresh:${business.number}`],
    );
    expect(jobs).toHaveLength(1);
  });

  test('shows somebody with named workers those alone', async () => {
    const [one] = [await worker('Navngitt Nilsen')];
    const foreman = await fixtures.person('Bas Basen');
    await fixtures.personMandate(business, foreman, officer, ['workers.read'], { workers: [one.id] });
    const { text } = await pages.get(small(foreman), list);
    expect(rowsOf(text)).toBe(1);
    expect(text).toContain('Navngitt Nilsen');
  });
});

async function worker(name: string, row: Parameters<Fixtures['worker']>[2] = {}) {
  const person = await fixtures.person(name);
  const id = await fixtures.worker(business, person, row);
  return { id, personId: person.id, unit: business.unit };
}

function rowsOf(html: string): number {
  return (html.match(/<tr/gu)?.length ?? 1) - 1;
}

function small({ id, name, tokenHash }: FixturePerson): SmallPerson {
  return { id, name, nationalId: '', tokenHash, acting: () => ({ tokenHash, business: business.number }) };
}
