import { randomBytes } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageCaller } from '../../tests/support/page-caller.ts';
import { ContactWorld, CUSTOMER, OFFICERS_OWN, startingDetails } from '../../tests/support/contact-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { err, ok } from '../kernel/result.ts';
import { writeLetter } from '../messages/rules.ts';
import { asksToVerify, changeContact, confirmContact, contactAddresses, viewContact } from './actions.ts';
import {
  cancelMove,
  overruleMove,
  proveAddress,
  undoMove,
  useStop,
  viewStop,
  vouchForAddress,
} from './moves.ts';
import { notePosted, overseeMoves } from './overseeing.ts';
import { isForPost, type MoveState } from './rules.ts';
import { createContactPages } from './pages.tsx';
import { createContactStaffPages, staffContactPath } from './staff-pages.tsx';
import { refreshOfficial, workOnMoves } from './telling.ts';
import { words } from '../words.ts';

let world: ContactWorld;
beforeAll(async () => {
  world = await ContactWorld.start();
}, 60_000);
afterAll(() => world.stop());
beforeEach(() => world.reset());

const OLD = 'gammel@kunde.example';
const NEW = 'ny@kunde.example';
const job = { kind: 'job', name: 'test' } as const;
const messagesGo = () =>
  inTransaction(world.small.database, job, async (transaction) => {
    const { email, further } = await contactAddresses(transaction, world.businessId);
    return [email, ...(further ?? [])];
  });
const toldOf = async (template: string) => {
  await world.work();
  return (await world.told(`contact:notice.${template}`)).map(({ audience, addresses }) => [
    audience,
    ...addresses,
  ]);
};

describe('a change of where messages go', () => {
  test('is proved with a code, waits 72 hours in which messages go to both, and then holds', async () => {
    const { boss } = world.people;
    const { moveId, awaited } = await world.begin(boss, { email: NEW });
    expect(awaited).toEqual(['email']);
    expect(await world.told()).toMatchObject([{ template: 'contact:notice.code', addresses: [NEW] }]);
    expect(await world.state(moveId)).toBe('proving');
    expect(await messagesGo()).toEqual([OLD]);

    await proveAddress(world.deps(), await world.as(boss), moveId, 'email', await world.code());
    expect(await toldOf('begun')).toEqual([
      ['address', OLD],
      ['address', startingDetails.mobile],
      ['address', NEW],
      ['officers'],
    ]);
    expect(await messagesGo()).toEqual([OLD, NEW]);

    await world.clock('71 hours 59 minutes');
    await world.work();
    expect([await world.state(moveId), await world.email()]).toEqual(['waiting', OLD]);
    await world.clock('72 hours 1 minute');
    expect(await toldOf('effective')).toEqual([['officers', OLD, startingDetails.mobile, NEW]]);
    expect([await world.state(moveId), await world.email(), await messagesGo()]).toEqual([
      'effective',
      NEW,
      [NEW],
    ]);
    const view = await viewContact(world.deps(), await world.as(boss), { limit: 5, offset: 0 });
    expect(view.ok && view.value.changes).toMatchObject([
      { by: 'Dag Leder', before: { email: OLD }, after: { email: NEW } },
    ]);
    expect(view.ok && view.value.details.confirmed).toMatchObject({ by: 'Dag Leder' });
  });

  test('of a mobile number is proved with a code sent to it, and with one for each where the e-mail is new too', async () => {
    const { boss } = world.people;
    world.provesMobiles = true;
    const mobile = '+4798765432';
    const { moveId, awaited } = await world.begin(boss, { email: NEW, mobile });
    expect(awaited).toEqual(['email', 'mobile']);
    const codes = await world.told('contact:notice.code');
    expect(codes.map(({ addresses }) => addresses)).toEqual([[NEW], [mobile]]);
    const [toEmail, toMobile] = codes.map(({ secrets }) => secrets['code'] ?? '');
    const prove = async (channel: 'email' | 'mobile', code = '') => {
      const answer = await proveAddress(world.deps(), await world.as(boss), moveId, channel, code);
      return answer.ok && answer.value.proved;
    };
    // The code of one address proves no other.
    expect(await prove('mobile', toEmail)).toBe('wrong');
    expect([await prove('mobile', toMobile), await world.state(moveId)]).toEqual(['proved', 'proving']);
    expect([await prove('email', toEmail), await world.state(moveId)]).toEqual(['proved', 'waiting']);
    expect((await toldOf('begun')).flat()).toEqual(expect.arrayContaining([startingDetails.mobile, mobile]));
    await world.clock('72 hours 1 minute');
    await world.work();
    expect(
      await world.small.rows('select email, mobile from contact_details where business_id = $1', [
        world.businessId,
      ]),
    ).toEqual([{ email: NEW, mobile }]);
  });

  test('is begun with codes five times in 24 hours by one person; what was typed is kept, and what needs no code goes on', async () => {
    const { boss, chair } = world.people;
    for (let begun = 1; begun <= 5; begun += 1)
      await world.begin(boss, { email: `fremmed-${String(begun)}@example.no` });
    const acting = await world.as(boss);
    const again = { ...startingDetails, email: 'fremmed-6@example.no' };
    const change = async () => changeContact(world.deps(), acting, await world.version(), again);
    expect(await change()).toEqual(err({ kind: 'too-often', channel: 'email' }));
    expect(await world.told('contact:notice.code')).toHaveLength(5);
    const refused = `select action from audit_entries where decision = 'refused' and rule = 'codes-too-often'`;
    expect(await world.small.rows(refused)).toEqual([{ action: 'contact.change' }]);
    const pages = await createPageCaller(words, (app) => {
      app.route('/b/:business', createContactPages(world.deps()));
    });
    const page = await pages.post(
      { ...boss, tokenHash: Buffer.from(acting.tokenHash) },
      `/b/${CUSTOMER}/business/contact/change`,
      {
        version: String(await world.version()),
        email: again.email,
        language: 'nb',
      },
    );
    expect([page.status, page.text.includes(words.en.contact.error.codesSpent)]).toEqual([422, true]);
    expect(page.text).toContain(again.email);
    // Of a unit, by somebody else, to no address, and the day after.
    await world.begin(boss, { email: NEW }, world.units.oslo);
    await world.begin(chair, { email: NEW });
    await world.begin(boss, { addressLines: ['Rabattgata 99'] });
    await world.small.rows(
      `update contact_moves set made_at = made_at - interval '1 day', codes_expire_at = codes_expire_at - interval '1 day'`,
    );
    expect(await change()).toMatchObject(ok({ kind: 'begun' }));
  });

  test('to no address needs no code, and waits too; what moves no messages holds at once', async () => {
    const { boss } = world.people;
    const { moveId, awaited } = await world.begin(boss, { addressLines: ['Rabattgata 99'] });
    expect([awaited, await world.state(moveId)]).toEqual([[], 'waiting']);
    const changed = await changeContact(world.deps(), await world.as(boss), await world.version(), {
      ...startingDetails,
      responsible: 'Ny Ansvarlig',
    });
    expect(changed).toEqual(ok({ kind: 'changed', fields: ['responsible'] }));
    // And goes on holding when the other change does; so it is told in the history.
    await world.work();
    await world.clock('73 hours');
    await world.work();
    const held = await viewContact(world.deps(), await world.as(boss), { limit: 1, offset: 0 });
    expect(held.ok && held.value.details).toMatchObject({
      addressLines: ['Rabattgata 99'],
      responsible: 'Ny Ansvarlig',
    });
    expect(held.ok && held.value.changes).toMatchObject([
      { before: { addressLines: ['Storgata 1'], responsible: 'Ny Ansvarlig' } },
    ]);
    // What is put back is the address alone.
    expect(await undoMove(world.deps(), await world.as(boss), moveId)).toEqual(ok(null));
    const undone = await viewContact(world.deps(), await world.as(boss), { limit: 1, offset: 0 });
    expect(undone.ok && undone.value.details).toMatchObject({
      addressLines: ['Storgata 1'],
      responsible: 'Ny Ansvarlig',
    });
  });

  test.each([
    ['half an hour', '31 minutes'],
    ['a clock that went back', '-10 minutes'],
  ])('takes no code after %s', async (_what, moved) => {
    const { moveId } = await world.begin(world.people.boss, { email: NEW });
    const code = await world.code();
    await world.clock(moved);
    const answer = await proveAddress(world.deps(), await world.as(world.people.boss), moveId, 'email', code);
    expect(answer.ok && answer.value.proved).toBe('expired');
    expect(await world.state(moveId)).toBe('proving');
  });

  test('is over after ten wrong codes, and then the right one does not help', async () => {
    const { boss } = world.people;
    const { moveId } = await world.begin(boss, { email: NEW });
    const code = await world.code();
    const wrong = code === '000000' ? '000001' : '000000';
    const acting = await world.as(boss);
    const answers: unknown[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await proveAddress(world.deps(), acting, moveId, 'email', wrong);
      answers.push(answer.ok && answer.value.proved);
    }
    expect(answers).toEqual([...Array.from({ length: 9 }, () => 'wrong'), 'spent']);
    const late = await proveAddress(world.deps(), acting, moveId, 'email', code);
    expect(late.ok && late.value.proved).toBe('unknown');
    expect(await world.state(moveId)).toBe('spent');
  });

  test("takes neither another's code nor another person, nor the code of an earlier form", async () => {
    const { boss, chair } = world.people;
    const first = await world.begin(boss, { email: NEW });
    const code = await world.code();
    const others = await proveAddress(world.deps(), await world.as(chair), first.moveId, 'email', code);
    expect(others.ok && others.value.proved).toBe('unknown');
    const second = await world.begin(boss, { email: 'enda@kunde.example' });
    const stale = await proveAddress(world.deps(), await world.as(boss), second.moveId, 'email', code);
    expect(stale.ok && stale.value.proved).toBe('wrong');
    expect(await world.state(first.moveId)).toBe('replaced');
  });

  test('keeps no code in the clear', async () => {
    const { moveId } = await world.begin(world.people.boss, { email: NEW });
    const code = await world.code();
    const [row] = await world.small.rows('select * from contact_moves where id = $1', [moveId]);
    const [notice] = await world.small.rows('select parameters from notices');
    expect(JSON.stringify([row, notice])).not.toContain(code);
  });

  test('needs a login of the last five minutes', async () => {
    const acting = await world.as(world.people.boss);
    await world.clock('6 minutes');
    expect(await changeContact(world.deps(), acting, 1, { ...startingDetails, email: NEW })).toEqual(
      err({ kind: 'login' }),
    );
    expect(await world.small.rows('select id from contact_moves')).toEqual([]);
  });

  test('in its waiting time restarts it, and those of the first go on being told', async () => {
    const { boss } = world.people;
    const first = await world.wait(boss, NEW);
    await world.work();
    await world.clock('50 hours');
    const second = await world.wait(boss, 'enda@kunde.example');
    expect(await toldOf('replaced')).toEqual([['officers', OLD, startingDetails.mobile, NEW]]);
    expect((await toldOf('begun')).slice(4).flat()).toEqual(
      expect.arrayContaining([OLD, NEW, 'enda@kunde.example', 'officers']),
    );
    await world.clock('73 hours');
    await world.work();
    expect([await world.state(first), await world.state(second), await world.email()]).toEqual([
      'replaced',
      'waiting',
      OLD,
    ]);
    await world.clock('123 hours');
    await world.work();
    expect(await world.email()).toBe('enda@kunde.example');
  });

  test('after one that has held is told to the address of before that too, for thirty days', async () => {
    await world.wait(world.people.boss, NEW);
    await world.work();
    await world.clock('73 hours');
    await world.work();
    await world.wait(world.people.boss, 'enda@kunde.example');
    expect((await toldOf('begun')).slice(4).flat()).toContain(OLD);
  });

  test('that was begun before another held is told to the address that holds now', async () => {
    const { boss } = world.people;
    await world.wait(boss, NEW);
    await world.work();
    await world.clock('71 hours 50 minutes');
    const late = await world.begin(boss, { email: 'sen@kunde.example' });
    const code = await world.code();
    await world.clock('72 hours 10 minutes');
    await world.work();
    expect(await world.email()).toBe(NEW);
    await proveAddress(world.deps(), await world.as(boss), late.moveId, 'email', code);
    expect((await toldOf('begun')).slice(4).flat()).toEqual(expect.arrayContaining([OLD, NEW]));
  });

  test('that holds after the one before it was put back leads back to no address that was put away', async () => {
    const { boss, chair } = world.people;
    const away = await world.wait(boss, NEW);
    await world.work();
    await world.clock('73 hours');
    await world.work();
    const next = await world.wait(boss, 'enda@kunde.example');
    await world.work();
    expect(await undoMove(world.deps(), await world.as(chair), away)).toEqual(ok(null));
    await world.clock('150 hours');
    await world.work();
    expect(await world.email()).toBe('enda@kunde.example');
    expect(await undoMove(world.deps(), await world.as(chair), next)).toEqual(ok(null));
    expect(await world.email()).toBe(OLD);
  });
});

describe('stopping', () => {
  test('an address stops a change without a login; reading the link does nothing; the officers are told', async () => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    const secret = await world.stopLink(OLD);
    expect(await viewStop(world.deps(), secret)).toMatchObject({
      state: 'open',
      business: 'KUNDE AS',
      address: OLD,
    });
    expect(await world.state(moveId)).toBe('waiting');
    expect(await useStop(world.deps(), secret)).toBe('open');
    expect(await world.state(moveId)).toBe('paused');
    expect(await toldOf('paused')).toEqual([['officers', OLD, startingDetails.mobile, NEW]]);
    // Which goes to the new address too: that is not to learn the old one.
    expect(JSON.stringify((await world.told('contact:notice.paused'))[0]?.parameters)).not.toContain(OLD);
    expect(await useStop(world.deps(), secret)).toBe('paused');
    await world.clock('100 hours');
    await world.work();
    expect([await world.state(moveId), await world.email(), await messagesGo()]).toEqual([
      'paused',
      OLD,
      [OLD, NEW],
    ]);
    const entries = await world.small.rows(
      `select action, decision from audit_entries where action = 'contact.paused' and subject_id = $1`,
      [moveId],
    );
    expect(entries).toEqual([{ action: 'contact.paused', decision: 'allowed' }]);
  });

  test('an officer overrules, a day later it holds, and that address cannot stop it again: no veto for a vendor', async () => {
    const { boss, chair } = world.people;
    const moveId = await world.wait(boss, NEW);
    await world.work();
    await world.clock('71 hours');
    await useStop(world.deps(), await world.stopLink(OLD));
    await world.clock('80 hours');
    expect(await overruleMove(world.deps(), await world.as(chair), moveId)).toEqual(ok(null));
    await world.work();
    expect(await useStop(world.deps(), await world.stopLink(OLD))).toBe('barred');
    await world.clock('103 hours');
    await world.work();
    expect(await world.email()).toBe(OLD);
    await world.clock('105 hours');
    await world.work();
    expect([await world.email(), await world.state(moveId)]).toEqual([NEW, 'effective']);
    expect(await useStop(world.deps(), await world.stopLink(OLD))).toBe('over');
  });

  test('overruling never makes the waiting time shorter, and other addresses can still stop', async () => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await useStop(world.deps(), await world.stopLink(OLD));
    await overruleMove(world.deps(), await world.as(world.people.boss), moveId);
    await world.work();
    await world.clock('26 hours');
    await world.work();
    expect(await world.email()).toBe(OLD);
    expect(await useStop(world.deps(), await world.stopLink('officers'))).toBe('open');
    expect(await toldOf('pausedByOfficer')).toHaveLength(1);
  });

  test.each([
    ['somebody who is no officer', 'helper', 'overtaken'],
    ['an officer without a fresh login', 'boss', 'step-up'],
  ] as const)('%s does not overrule', async (_what, who, problem) => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await useStop(world.deps(), await world.stopLink(OLD));
    const acting = await world.as(world.people[who]);
    if (problem === 'step-up') await world.clock('6 minutes');
    expect(await overruleMove(world.deps(), acting, moveId)).toEqual(err(problem));
    expect(await world.state(moveId)).toBe('paused');
  });

  test('the links of a change that is over stop nothing and vouch for nothing', async () => {
    const moveId = await world.wait(world.people.boss, 'kunde@rimeligkorthjelp.example');
    await world.work();
    const stop = await world.stopLink(OLD);
    const vouch = new URL((await world.told('contact:notice.vouch'))[0]?.secrets['link'] ?? '').searchParams;
    await cancelMove(world.deps(), await world.as(world.people.boss), moveId);
    expect(await viewStop(world.deps(), stop)).toMatchObject({ state: 'over' });
    expect(await useStop(world.deps(), stop)).toBe('over');
    const acting = await world.as(world.people.boss);
    expect(await vouchForAddress(world.deps(), acting, vouch.get('link') ?? '')).toEqual(err('overtaken'));
    expect(await world.state(moveId)).toBe('cancelled');
    expect(await toldOf('paused')).toEqual([]);
  });

  test('between two officers in the same second the cancel wins, whoever is first', async () => {
    const { boss, chair } = world.people;
    for (let round = 0; round < 6; round += 1) {
      await world.reset();
      const moveId = await world.wait(boss, NEW);
      await world.work();
      await useStop(world.deps(), await world.stopLink(OLD));
      const [going, stopping] = [await world.as(boss), await world.as(chair)];
      const acts = [
        () => overruleMove(world.deps(), going, moveId),
        () => cancelMove(world.deps(), stopping, moveId),
      ];
      await Promise.all((round % 2 === 0 ? acts : acts.reverse()).map((one) => one()));
      expect(await world.state(moveId)).toBe('cancelled');
      await world.clock('200 hours');
      await world.work();
      expect(await world.email()).toBe(OLD);
      // Told once, whichever way it went.
      expect(await toldOf('cancelled')).toHaveLength(1);
    }
  });

  test('a cancel wins once: the same change made again is not cancelled by the same officer', async () => {
    const { boss, chair } = world.people;
    const first = await world.wait(boss, NEW);
    expect(await cancelMove(world.deps(), await world.as(chair), first)).toEqual(ok(null));
    const second = await world.wait(boss, NEW);
    expect(await cancelMove(world.deps(), await world.as(chair), second)).toEqual(err('overtaken'));
    expect(await cancelMove(world.deps(), await world.as(boss), second)).toEqual(ok(null));
  });

  test("an officer always cancels what somebody who is none made, and nobody else's helper does", async () => {
    const { boss, helper } = world.people;
    for (let again = 0; again < 2; again += 1) {
      const moveId = await world.wait(helper, NEW);
      expect(await cancelMove(world.deps(), await world.as(boss), moveId)).toEqual(ok(null));
    }
    const moveId = await world.wait(boss, NEW);
    expect(await cancelMove(world.deps(), await world.as(helper), moveId)).toEqual(err('overtaken'));
  });

  test('a change that has held is put back by an officer within thirty days', async () => {
    const { boss, chair, helper } = world.people;
    const moveId = await world.wait(boss, NEW);
    await world.work();
    await world.clock('73 hours');
    await world.work();
    await world.clock('20 days');
    expect(await undoMove(world.deps(), await world.as(helper), moveId)).toEqual(err('overtaken'));
    expect(await undoMove(world.deps(), await world.as(chair), moveId)).toEqual(ok(null));
    expect([await world.email(), await world.state(moveId)]).toEqual([OLD, 'undone']);
    expect(await toldOf('undone')).toEqual([['officers', OLD, startingDetails.mobile, NEW]]);
    expect(await undoMove(world.deps(), await world.as(chair), moveId)).toEqual(err('overtaken'));
  });

  test('after thirty days it is not', async () => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await world.clock('73 hours');
    await world.work();
    await world.clock('34 days');
    expect(await undoMove(world.deps(), await world.as(world.people.boss), moveId)).toEqual(err('overtaken'));
  });

  test.each(['', 'x', randomBytes(32).toString('base64url'), "' or 1=1"])(
    'a made-up link %j leads nowhere',
    async (secret) => {
      expect(await viewStop(world.deps(), secret)).toBeUndefined();
      expect(await useStop(world.deps(), secret)).toBeUndefined();
    },
  );
});

describe('the database itself', () => {
  const asBoss = async (statement: string) => {
    const { tokenHash } = await world.as(world.people.boss);
    return inTransaction(
      world.small.database,
      { kind: 'session', tokenHash, business: CUSTOMER, writing: true },
      async ({ query }) => {
        return query.executeQuery(CompiledQuery.raw(statement));
      },
    );
  };

  test.each([
    [
      'moves messages past the waiting time',
      `update contact_details set email = 'x@y.example', confirmed_by = context_person(), confirmed_at = context_now()`,
    ],
    ['makes a change effective', `update contact_moves set state = 'effective'`],
    ['reads a code', 'select email_code from contact_moves'],
    ['reads a link', 'select * from contact_stops'],
    ['settles', 'select contact_moves_settle()'],
    ['says that nothing is suspicious', `select contact_move_examined(uuidv7(), '[]', null)`],
    ['keeps official addresses', `select official_addresses_keep(uuidv7(), '[]', sha256('x'))`],
    ['says that a letter is posted', `select contact_move_posted(uuidv7(), 'waiting')`],
  ])('lets no officer do it directly who %s', async (_what, statement) => {
    await world.wait(world.people.boss, NEW);
    await expect(asBoss(statement)).rejects.toThrow();
  });
});

describe('an address that looks like a vendor’s', () => {
  test.each([
    ['is of its domain', 'kunde@rimeligkorthjelp.example', 'vendor-domain'],
    ['looks like it', 'kunde@rimeligkorthjeIp.example', 'similar-domain'],
    ['is written with another alphabet', 'kunde@rimеligkorthjelp.example', 'similar-domain'],
  ])('that %s waits for an officer who follows the link in their own mail', async (_what, email, kind) => {
    const { boss, helper } = world.people;
    const moveId = await world.wait(boss, email);
    await world.work();
    expect(
      await world.small.rows('select suspicion from contact_moves where id = $1', [moveId]),
    ).toMatchObject([{ suspicion: [{ kind, vendor: 'RIMELIG KORTHJELP AS' }] }]);
    // Nothing is sent there before an officer has vouched for it.
    expect(await messagesGo()).toEqual([OLD]);
    await world.clock('100 hours');
    await world.work();
    expect(await world.email()).toBe(OLD);
    const [letter] = await world.told('contact:notice.vouch');
    expect(letter?.audience).toBe('officers');
    const link = new URL(letter?.secrets['link'] ?? '').searchParams.get('link') ?? '';
    expect(await vouchForAddress(world.deps(), await world.as(helper), link)).toEqual(err('overtaken'));
    expect(await vouchForAddress(world.deps(), await world.as(boss), `${link}x`)).toEqual(err('overtaken'));
    expect(await vouchForAddress(world.deps(), await world.as(boss), link)).toEqual(ok(null));
    expect(await vouchForAddress(world.deps(), await world.as(boss), link)).toEqual(err('overtaken'));
    await world.work();
    expect(await world.email()).toBe(email);
  });

  test('is one that another business, with no officer in common, uses', async () => {
    await world.small.rows(
      `update contact_details set email = 'felles@regnskap.example' where business_id <> $1`,
      [world.businessId],
    );
    const moveId = await world.wait(world.people.boss, 'Felles@Regnskap.example');
    await world.work();
    const [row] = await world.small.rows<{ suspicion: { kind: string }[] }>(
      'select suspicion from contact_moves where id = $1',
      [moveId],
    );
    expect(row?.suspicion.map(({ kind }) => kind)).toContain('used-elsewhere');
    await world.small.rows(
      `update contact_details set email = 'hei@rimeligkorthjelp.example' where business_id <> $1`,
      [world.businessId],
    );
  });
});

describe('where no officer has an address of their own', () => {
  const forPost = async () => {
    const listed = await overseeMoves(world.deps(), await world.asCaseOfficer());
    return listed.ok ? listed.value.filter(isForPost).map(({ id, state }) => [id, state]) : listed;
  };
  const posted = async (moveId: string, told: MoveState) =>
    notePosted(world.deps(), await world.asCaseOfficer(), { moveId, told });
  const officersDie = async () => {
    for (const address of OFFICERS_OWN) await world.comesBack(address);
  };
  test('the change stands on the post list, and waits until a letter was posted', async () => {
    world.reach = 'none';
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await world.clock('100 hours');
    await world.work();
    expect(await world.email()).toBe(OLD);
    expect(await forPost()).toEqual([[moveId, 'waiting']]);
    expect(await posted(moveId, 'waiting')).toEqual(ok(null));
    expect(await posted(moveId, 'waiting')).toEqual(err('overtaken'));
    // The page says from when on it holds.
    const view = await viewContact(world.deps(), await world.as(world.people.boss), { limit: 0, offset: 0 });
    const waits = view.ok ? view.value.moves[0]?.move : undefined;
    expect(waits?.effectiveAt?.getTime()).toBe((waits?.postedAt?.getTime() ?? 0) + 72 * 3_600_000);
    await world.clock('150 hours');
    await world.work();
    expect(await world.email()).toBe(OLD);
    await world.clock('173 hours');
    await world.work();
    expect(await world.email()).toBe(NEW);
  });

  test('the history says when the letter about a change was posted, and of what was put back, only what was posted since', async () => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    world.reach = 'none';
    await world.comesBack(OLD);
    await world.clock('73 hours');
    await world.work();
    const latest = async () => {
      const view = await viewContact(world.deps(), await world.as(world.people.boss), {
        limit: 1,
        offset: 0,
      });
      return view.ok ? { ...view.value.changes[0], move: view.value.moves[0]?.move } : undefined;
    };
    expect((await latest())?.letterAt).toBeNull();
    expect(await posted(moveId, 'effective')).toEqual(ok(null));
    const told = await latest();
    expect(told?.letterAt).toEqual(told?.move?.postedAt);
    world.reach = 'reached';
    await world.clock('74 hours');
    await undoMove(world.deps(), await world.as(world.people.boss), moveId);
    expect((await latest())?.letterAt).toBeNull();
  });

  test('a register that does not answer keeps the change waiting, and the addresses are told all the same', async () => {
    world.reach = 'unknown';
    const moveId = await world.wait(world.people.boss, NEW);
    await world.clock('100 hours');
    expect(await toldOf('begun')).toHaveLength(4);
    expect(await world.state(moveId)).toBe('waiting');
    world.reach = 'reached';
    await world.work();
    expect(await world.email()).toBe(NEW);
  });

  // Whatever is told of a change, by whatever it comes about, once the officers could be told that it began.
  test.each<[MoveState, (moveId: string) => Promise<unknown>]>([
    ['cancelled', async (id) => cancelMove(world.deps(), await world.as(world.people.boss), id)],
    ['paused', async () => useStop(world.deps(), await world.stopLink(OLD))],
    [
      'waiting',
      async (id) => {
        await useStop(world.deps(), await world.stopLink(OLD));
        await overruleMove(world.deps(), await world.as(world.people.boss), id);
      },
    ],
    ['replaced', () => world.wait(world.people.chair, 'annen@kunde.example')],
    ['effective', () => world.clock('73 hours')],
    [
      'undone',
      async (id) => {
        world.reach = 'reached';
        await world.clock('73 hours');
        await world.work();
        world.reach = 'none';
        await undoMove(world.deps(), await world.as(world.people.boss), id);
      },
    ],
  ])('a later letter, that it is %s, is listed for post too', async (state, happens) => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    expect(await forPost()).toEqual([]);
    world.reach = 'none';
    await world.comesBack(OLD);
    await happens(moveId);
    await world.work();
    expect(await forPost()).toContainEqual([moveId, state]);
    expect(await posted(moveId, state)).toEqual(ok(null));
    expect(await forPost()).not.toContainEqual([moveId, state]);
  });

  test('the case officer reads what the letter has to say, and notes it once', async () => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    world.reach = 'none';
    await cancelMove(world.deps(), await world.as(world.people.boss), moveId);
    await world.work();
    const pages = await createPageCaller(words, (app) => {
      app.route('/', createContactStaffPages(world.deps()));
    });
    const { tokenHash } = await world.asCaseOfficer();
    const caseOfficer = { ...world.people.chair, tokenHash: Buffer.from(tokenHash) };
    expect((await pages.get(caseOfficer, staffContactPath)).text).toContain(
      'Tell them that a change (E-mail) was cancelled,',
    );
    const letter = { move: moveId, told: 'cancelled' };
    const late = { ...letter, told: 'waiting' };
    const noted = [];
    for (const sent of [late, letter, letter, { ...letter, told: 'x' }, { told: 'cancelled' }])
      noted.push((await pages.post(caseOfficer, staffContactPath, sent)).status);
    expect(noted).toEqual([409, 303, 409, 409, 409]);
    expect((await pages.get(caseOfficer, staffContactPath)).text).not.toContain('Tell them');
  });

  test('the page of the details names no day before the letter is posted', async () => {
    world.reach = 'none';
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    const pages = await createPageCaller(words, (app) => {
      app.route('/b/:business', createContactPages(world.deps()));
    });
    const { tokenHash, business } = await world.as(world.people.boss);
    const boss = { ...world.people.boss, tokenHash: Buffer.from(tokenHash) };
    const shown = async () =>
      (await pages.get(boss, `/b/${business}/business/contact`)).text.includes('It holds from');
    expect(await shown()).toBe(false);
    await posted(moveId, 'waiting');
    expect(await shown()).toBe(true);
  });

  test('the same goes for the details of a unit', async () => {
    const moveId = await world.wait(world.people.local, NEW, world.units.oslo);
    await world.work();
    world.reach = 'none';
    await cancelMove(world.deps(), await world.as(world.people.boss), moveId);
    await world.work();
    expect(await forPost()).toEqual([[moveId, 'cancelled']]);
  });

  test('a letter that is posted while the change becomes another does not stand for the new one', async () => {
    world.reach = 'none';
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await cancelMove(world.deps(), await world.as(world.people.boss), moveId);
    expect(await posted(moveId, 'waiting')).toEqual(err('overtaken'));
    await world.work();
    expect(await forPost()).toEqual([[moveId, 'cancelled']]);
  });

  test('a letter that is listed was not told by the one posted before it', async () => {
    world.reach = 'none';
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await posted(moveId, 'waiting');
    await world.clock('73 hours');
    await world.work();
    expect([await world.email(), await forPost()]).toEqual([NEW, [[moveId, 'effective']]]);
  });

  test('mail that comes back from the last of them lists the change, also when it holds already', async () => {
    const moveId = await world.wait(world.people.boss, NEW);
    await world.work();
    await world.comesBack(OFFICERS_OWN[0]);
    expect(await forPost()).toEqual([]);
    await officersDie();
    expect(await forPost()).toEqual([[moveId, 'waiting']]);
    await world.clock('100 hours');
    await world.work();
    expect(await world.email()).toBe(OLD);
    await posted(moveId, 'waiting');
    await world.clock('173 hours');
    await world.work();
    expect([await world.email(), await forPost()]).toEqual([NEW, [[moveId, 'effective']]]);
  });

  test('one whose own address the business has too is reached there, and the new address counts for nobody', async () => {
    await world.small.rows('update contact_details set email = $1 where business_id = $2', [
      OFFICERS_OWN[0],
      world.businessId,
    ]);
    await world.wait(world.people.boss, NEW);
    await world.comesBack(OFFICERS_OWN[1]);
    await world.work();
    expect(await forPost()).toEqual([]);
    await world.comesBack(OFFICERS_OWN[0]);
    expect(await forPost()).toHaveLength(1);
  });

  test('a change does not hold before a letter has been sent, however late the mail server is', async () => {
    await world.wait(world.people.boss, NEW);
    world.mailDown = true;
    await world.clock('100 hours');
    await world.work();
    expect([await world.email(), await forPost()]).toEqual([OLD, []]);
    world.mailDown = false;
    await world.work();
    expect(await world.email()).toBe(NEW);
  });
});

describe('the official addresses', () => {
  const refresh = (emails: readonly string[], kind?: 'unavailable', mobile?: string) =>
    refreshOfficial({
      ...world.deps(),
      registers: {
        kofuvi: {
          addresses: (organisationNumber) =>
            Promise.resolve(
              kind === undefined && String(organisationNumber) === CUSTOMER
                ? ok({
                    organisationNumber,
                    addresses: [
                      ...emails.map((email, index) => ({ id: String(index), email })),
                      ...(mobile === undefined ? [] : [{ id: 'm', mobile }]),
                    ],
                  })
                : err({ kind: kind ?? 'unavailable', register: 'kofuvi' }),
            ),
        },
      },
    });

  test('are kept, told of when they change, to old and new, and told of every change of details', async () => {
    await refresh(['stat@kunde.example']);
    expect(await toldOf('official')).toEqual([]);
    await world.wait(world.people.boss, NEW);
    expect((await toldOf('begun')).flat()).toContain('stat@kunde.example');
    expect(await messagesGo()).toEqual([OLD, NEW, 'stat@kunde.example']);
    await world.clock('25 hours');
    await refresh([], 'unavailable');
    await refresh(['annen@kunde.example']);
    // Also where only a number is registered.
    await world.clock('50 hours');
    await refresh(['annen@kunde.example'], undefined, '+4741234567');
    expect((await toldOf('official')).slice(1).flat()).toContain('+4741234567');
    expect(await messagesGo()).toContain('+4741234567');
    const told = (await toldOf('official')).slice(0, 1);
    expect(told).toHaveLength(1);
    expect(told[0]?.[0]).toBe('business-and-officers');
    expect(told.flat()).toEqual(expect.arrayContaining(['stat@kunde.example', 'annen@kunde.example']));
  });

  test('are not asked for again within a day', async () => {
    await refresh(['stat@kunde.example']);
    await refresh(['annen@kunde.example']);
    expect(await toldOf('official')).toEqual([]);
  });
});

describe('a business is asked', () => {
  const asked = async (who: 'boss' | 'member' = 'boss') =>
    asksToVerify(world.deps(), await world.as(world.people[who]));

  test('after 180 days, and when mail comes back, until somebody says that the details are right', async () => {
    expect(await asked()).toBeUndefined();
    await world.clock('181 days');
    expect(await asked()).toBe('/business/contact/verify');
    await world.clock('0');
    await world.comesBack('en.annen@kunde.example');
    expect(await asked()).toBeUndefined();
    await world.comesBack('GAMMEL@kunde.example');
    expect(await asked()).toBe('/business/contact/verify');
    expect(await asked('member')).toBeUndefined();
    await confirmContact(world.deps(), await world.as(world.people.boss), await world.version());
    expect(await asked()).toBeUndefined();
    await world.comesBack(startingDetails.mobile ?? '');
    expect(await asked()).toBe('/business/contact/verify');
  });
});

test('a name with line breaks and links does nothing in a letter', async () => {
  const evil = 'KUNDE\r\nBcc: alle@evil.example\nhttps://evil.example AS';
  await world.small.rows('update businesses set name = $1 where organisation_number = $2', [evil, CUSTOMER]);
  await world.wait(world.people.boss, NEW);
  await world.work();
  const [letter] = await world.told('contact:notice.begun');
  const written = writeLetter(
    {
      template: 'contact:notice.begun',
      parameters: { ...letter?.parameters, ...letter?.secrets },
      language: 'nb',
      origin: 'https://kortvakt.test',
    },
    (_language, key, values) => `${key} ${Object.values(values).join(' ')}`,
  );
  expect(written.subject).not.toMatch(/[\r\n]/u);
  expect(written.html).not.toContain('href="https://evil');
  await world.small.rows(`update businesses set name = 'KUNDE AS' where organisation_number = $1`, [
    CUSTOMER,
  ]);
});

test('an address of 200 characters is told whole', async () => {
  const long = `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example.org`.padStart(200, 'x');
  await world.wait(world.people.boss, long);
  expect((await toldOf('begun')).flat()).toContain(long);
});

test('what happens while two processes work is told once', async () => {
  await world.wait(world.people.boss, NEW);
  await Promise.all(Array.from({ length: 4 }, () => workOnMoves(world.deps())));
  expect(await toldOf('begun')).toHaveLength(4);
  await world.clock('73 hours');
  await Promise.all(Array.from({ length: 4 }, () => workOnMoves(world.deps())));
  expect(await toldOf('effective')).toHaveLength(1);
});
