import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import {
  recipients,
  type SmallPerson,
  type SmallWorld,
  startMailServer,
  startSmallWorld,
  type TestMailServer,
} from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import type { StaffActing } from '../staff/index.ts';
import staffEn from '../staff/en.json' with { type: 'json' };
import staffNb from '../staff/nb.json' with { type: 'json' };
import { deliverNotice, type MessageDeps, sendDelivery } from './actions.ts';
import { findRecipients } from './dispatch-records.ts';
import { decideDispatch, runDispatch, sendDispatch, viewDispatch, viewDispatches } from './dispatches.ts';
import en from './en.json' with { type: 'json' };
import { type EscalationDeps, noteBounce, takeSteps } from './escalation.ts';
import { openThread } from './inbox.ts';
import { createSendMail } from './mailer.ts';
import nb from './nb.json' with { type: 'json' };
import { createInboxPages } from './pages.tsx';
import { createStaffMessagePages } from './staff-pages.tsx';
import type { Selection } from './threads.ts';

const OWN = '310000019';
const DAY = 86_400_000;

let world: SmallWorld;
let mail: TestMailServer;
let pages: PageCaller;
let deps: MessageDeps & EscalationDeps;
let officer: SmallPerson;
let chair: SmallPerson;
let writer: SmallPerson;
let colleague: SmallPerson;
let elsewhere: SmallPerson;
let vendorMember: SmallPerson;
let business: string;
let mailbox: { email: string | undefined; further: string[] };

const limit = () => ({ database: world.database, fourEyesAbove: 2 });
const acting = ({ tokenHash }: SmallPerson): StaffActing => ({ tokenHash, role: 'case-officer' });

beforeAll(async () => {
  [world, mail] = await Promise.all([startSmallWorld(), startMailServer()]);
  officer = await world.person('Våken Spurv', '15819049944');
  chair = await world.person('Rask Gaupe', '07819727699');
  writer = await world.person('Grundig Mappe', '02829012345');
  colleague = await world.person('Nøye Nabo', '03829012345');
  elsewhere = await world.person('Annen Etat', '04829012345');
  vendorMember = await world.person('Hjelpsom Hand', '05829012345');
  business = await world.business(OWN, 'BLÅ HAMMER AS');
  await world.officer(business, officer);
  await world.rows(
    `insert into officers (business_id, person_id, name, role_code, acts, since) values ($1, $2, 'Rask Gaupe', 'LEDE', false, now())`,
    [business, chair.id],
  );
  const vendor = await world.business('310000035', 'RIMELIG KORTHJELP AS');
  await world.officer(vendor, vendorMember);
  await world.vendorMandate(business, vendor, { officer, member: vendorMember }, ['orders.read']);
  await world.business('310000078', 'FJELL BYGG AS');
  await world.rows(
    `update businesses set industry_code = '43.320', address = '{"lines":["Torget 1"],"postalCode":"0150","place":"OSLO"}'
     where organisation_number in ('310000019', '310000078')`,
  );
  await world.rows(`update businesses set vat_registered = true where organisation_number = '310000019'`);
  for (const [person, authority] of [
    [writer, 'arbeidstilsynet'],
    [colleague, 'arbeidstilsynet'],
    [elsewhere, 'vegvesenet'],
  ] as const) {
    await world.rows(
      `insert into staff_appointments (role, authority, name, email, ends_at, proposed_by, proposed_at, token_hash,
         token_expires_at, accepted_by, accepted_by_name, accepted_at, approved_by, approved_at)
       values ('case-officer', $2, 'x', 'x@example.no', now() + interval '300 days', $4, now() - interval '2 hours', $3, now(), $1, 'x',
         now() - interval '1 hour', $5, now() - interval '1 hour')`,
      [person.id, authority, randomBytes(32), officer.id, chair.id],
    );
  }
  deps = {
    database: world.database,
    vault: world.vault,
    registers: {
      krr: {
        contacts: (numbers) =>
          Promise.resolve(
            ok(
              numbers.map((nationalId) => ({
                nationalId,
                email: nationalId === officer.nationalId ? 'spurv@egen.example' : 'gaupe@egen.example',
                canBeNotified: true,
              })),
            ),
          ),
      },
    },
    contactAddresses: () => Promise.resolve({ ...mailbox, language: 'nb' as const }),
    officialAddresses: () => Promise.resolve(ok(['varsling@blahammer.example'])),
    readDays: 14,
    sendMail: createSendMail({ smtpUrl: mail.url, from: 'kortvakt@kortvakt.example' }),
    text: (_, key, values) => `${key} ${values['link'] ?? ''}`,
    origin: 'https://kortvakt.example',
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  pages = await createPageCaller(
    {
      nb: { access: accessNb, messages: nb, staff: staffNb },
      en: { access: accessEn, messages: en, staff: staffEn },
    },
    (app) => {
      app.route('/', createStaffMessagePages(limit()));
      app.route('/b/:business', createInboxPages({ ...world, places: {} }));
    },
  );
}, 90_000);
afterAll(async () => {
  await Promise.all([world.stop(), mail.stop()]);
});
beforeEach(async () => {
  mailbox = { email: 'post@blahammer.example', further: [] };
  mail.received.length = 0;
  await world.rows('truncate message_dispatches, message_templates, notices cascade');
  await world.rows('delete from graphile_worker._private_jobs');
  await world.rows(`update clock set offset_by = '0'`);
  await world.rows(
    `update sessions set absolute_end = now() + interval '300 days', idle = interval '300 days'`,
  );
});

function silent() {
  return undefined;
}

const draft = (selection: Selection, deadline: Date | null = null) => ({
  category: 'order' as const,
  subject: 'Pålegg til {{business}}',
  body: 'Org.nr. {{organisationNumber}} må rette innen {{deadline}}.',
  deadline,
  selection,
});

async function sendTo(selection: Selection, counted: number, deadline: Date | null = null) {
  return sendDispatch(limit(), acting(writer), {
    key: randomUUID(),
    draft: draft(selection, deadline),
    counted,
    file: undefined,
  });
}

const PDF = Buffer.from('%PDF-1.7 %%EOF');
const PDF_HASH = createHash('sha256').update(PDF).digest('hex');

/** Sends to two businesses, or one, with a file; answers with the dispatch's id. */
async function sendWithFile(selection: Selection, to: ReturnType<typeof limit>): Promise<string> {
  const sent = await sendDispatch(to, acting(writer), {
    key: randomUUID(),
    draft: draft(selection),
    counted: 'number' in selection ? 1 : 2,
    file: { name: 'pålegg.pdf', bytes: PDF },
  });
  return sent.ok ? sent.value.dispatchId : '';
}

/** Runs all that waits: steps, notices and e-mails, as the tasks would. */
async function work(): Promise<void> {
  await takeSteps(deps);
  for (const { id } of await world.rows<{ id: string }>('select id from notices where settled_at is null'))
    await deliverNotice(deps, id);
  for (const { id } of await world.rows<{ id: string }>(
    `select id from notice_deliveries where state = 'waiting'`,
  ))
    await sendDelivery(deps, id);
}

const after = async (days: number) => {
  await world.rows(`update clock set offset_by = make_interval(secs => $1)`, [days * 86_400]);
  await work();
};
const mailed = () => {
  const to = mail.received.flatMap(recipients).sort();
  mail.received.length = 0;
  return to;
};
const theThread = async (of: string | null = null) =>
  (
    await world.rows<{ id: string; step: string }>(
      'select * from message_threads where business_id = coalesce($1, business_id)',
      [of],
    )
  )[0]!;

describe('a selection', () => {
  test.each<[Selection, string[]]>([
    [{ number: OWN }, [OWN]],
    [{ industry: '43' }, [OWN, '310000078']],
    [{ industry: '43', condition: 'vat' }, ['310000078']],
    [{ postalCode: '01' }, [OWN, '310000078']],
    [{ postalCode: '5' }, []],
    [{ cardState: 'valid' }, []],
    [{ condition: 'bankruptcy' }, []],
    [{ condition: 'employment' }, []],
    [{ condition: 'number' }, []],
  ])('%j', async (selection, numbers) => {
    const context = { kind: 'staff', ...acting(writer) } as const;
    const found = await inTransaction(world.database, context, (transaction) =>
      findRecipients(transaction, selection, { size: 10, after: '' }),
    );
    expect(found.recipients.map(({ organisationNumber }) => organisationNumber)).toEqual(numbers);
    expect(found.total).toBe(numbers.length);
  });
});

describe('a selection by what fails', () => {
  beforeAll(() =>
    world.rows(
      `with u as (insert into units (business_id, organisation_number, name)
         select id, '410000078', name from businesses where organisation_number = '310000078' returning *),
       w as (insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
         select business_id, id, $1, 'Kort Holder', 'Holder', '1990-01-01', '2020-01-01', now() from u returning *),
       o as (insert into orders (business_id, unit_id, placed_by, placed_by_name, placed_at, idempotency_key, card_type,
           delivery_address, price_ore, vat_basis_points)
         select business_id, unit_id, $1, name, now(), gen_random_uuid(), 'construction', '{}', 13290, 2500 from w returning *),
       l as (insert into order_lines (order_id, business_id, unit_id, worker_id, holder_name, state, changed_at)
         select o.id, o.business_id, o.unit_id, w.id, w.name, 'shipped', now() from o, w returning *),
       b as (insert into card_batches (created_at) values (now()) returning *)
       insert into cards (business_id, unit_id, person_id, worker_id, order_line_id, batch_id, number, token, card_type, holder_name,
         birth_date, employer_name, organisation_number, issued_at, expires_at, production)
       select l.business_id, l.unit_id, $1, l.worker_id, l.id, b.id, '12345678', 'AAAAAAAAAAA', 'construction', l.holder_name,
         '1990-01-01', 'FJELL BYGG AS', '310000078', now() - interval '1 year', now() + interval '1 year', 'shipped' from l, b`,
      [vendorMember.id],
    ),
  );
  afterEach(async () => {
    await world.rows(
      `update cards set expires_at = now() + interval '1 year', suspended_reason = null, blocked_at = null, blocked_reason = null`,
    );
    await world.rows(`update workers set employed_to = null, number_active = true`);
    await world.rows(`update businesses set bankrupt = false`);
    await world.rows('delete from approvals');
  });

  test.each<[Selection, string]>([
    [{ cardState: 'valid' }, `update cards set expires_at = now() + interval '1 year'`],
    [{ cardState: 'expiring' }, `update cards set expires_at = now() + interval '80 days'`],
    [{ cardState: 'suspended' }, `update cards set suspended_reason = 'EMPLOYMENT_ENDED'`],
    [{ cardState: 'expired' }, `update cards set expires_at = now() - interval '1 day'`],
    [{ cardState: 'blocked' }, `update cards set blocked_at = now(), blocked_reason = 'lost'`],
    [
      { condition: 'bankruptcy' },
      `update businesses set bankrupt = true where organisation_number = '310000078'`,
    ],
    [
      { condition: 'approval' },
      `insert into approvals (business_id, register, standing, as_of) select id, 'cleaning', 'not-approved', now()
       from businesses where organisation_number = '310000078'`,
    ],
    [{ condition: 'employment' }, `update workers set employed_to = '2020-01-01'`],
    [{ condition: 'number' }, `update workers set number_active = false`],
  ])('%j finds a business once that holds, and no other', async (selection, made) => {
    const context = { kind: 'staff', ...acting(writer) } as const;
    await world.rows(made);
    const found = await inTransaction(world.database, context, (transaction) =>
      findRecipients(transaction, selection, { size: 10, after: '' }),
    );
    expect(found.recipients.map(({ organisationNumber }) => organisationNumber)).toEqual(['310000078']);
  });

  afterAll(() => world.rows('truncate cards, order_lines, orders, workers cascade'));
});

describe('a message of a case officer', () => {
  test('to one business is in its inbox at once, with its fields filled in, and is audited', async () => {
    const deadline = new Date('2027-03-01T23:00:00Z');
    expect(await sendTo({ number: OWN }, 1, deadline)).toMatchObject({ ok: true, value: { state: 'sent' } });
    const thread = await theThread();
    expect(thread).toMatchObject({ subject: 'Pålegg til BLÅ HAMMER AS', authority: 'arbeidstilsynet' });
    const [message] = await world.rows('select body from messages');
    expect(message).toEqual({ body: 'Org.nr. 310 000 019 må rette innen 01.03.2027.' });
    const [entry] = await world.rows(
      `select business_id, changes ->> 'recipients' as n from audit_entries where action = 'messages.dispatched'
       order by id desc limit 1`,
    );
    expect(entry).toEqual({ business_id: business, n: '1' });
  });

  test('is cut between letters where its fields make it too long, never inside one', async () => {
    await world.rows(`update businesses set name = 'BLÅ HAMMER OG SØNNER AS' where id = $1`, [business]);
    const long = { ...draft({ number: OWN }), subject: `${'{{business}}'.repeat(13)}👷` };
    const sent = await sendDispatch(limit(), acting(writer), {
      ...{ key: randomUUID(), draft: long, counted: 1, file: undefined },
    });
    await world.rows(`update businesses set name = 'BLÅ HAMMER AS' where id = $1`, [business]);
    expect(sent).toMatchObject({ ok: true });
    const [thread] = await world.rows<{ subject: string }>('select subject from message_threads');
    expect(thread!.subject).toMatch(/AS👷$/u);
  });

  test('says that somebody is, and goes to nobody, when the number of businesses has changed or is none', async () => {
    expect(await sendTo({ industry: '43' }, 1)).toEqual({ ok: false, error: 'changed' });
    expect(await sendTo({ number: '310000337' }, 1)).toEqual({ ok: false, error: 'nobody' });
    expect(await sendTo({}, 3)).toEqual({ ok: false, error: 'nobody' });
    expect(await world.rows('select id from message_dispatches')).toEqual([]);
  });

  test('to a selection is sent by a task, to each once, however often it runs', async () => {
    const sent = await sendTo({ industry: '43' }, 2);
    const id = sent.ok ? sent.value.dispatchId : '';
    await Promise.all([runDispatch(deps, id), runDispatch(deps, id)]);
    await runDispatch(deps, id);
    expect(await world.rows('select subject from message_threads order by subject')).toEqual([
      { subject: 'Pålegg til BLÅ HAMMER AS' },
      { subject: 'Pålegg til FJELL BYGG AS' },
    ]);
    expect(await world.rows('select id from messages')).toHaveLength(2);
    expect(await world.rows('select state from message_dispatches')).toEqual([{ state: 'sent' }]);
  });

  test('to more than the limit waits for another case officer of the same authority', async () => {
    const two = { ...limit(), fourEyesAbove: 1 };
    const sent = await sendDispatch(two, acting(writer), {
      key: randomUUID(),
      draft: draft({ industry: '43' }),
      counted: 2,
      file: undefined,
    });
    expect(sent).toMatchObject({ ok: true, value: { state: 'waiting' } });
    const id = sent.ok ? sent.value.dispatchId : '';
    await runDispatch(deps, id);
    expect(await world.rows('select id from message_threads')).toEqual([]);
    await world.rows(`update businesses set dissolved_on = now() where organisation_number = '310000078'`);
    expect((await pages.get(colleague, `/staff/messages/dispatches/${id}`)).text).toContain('2, now 1');
    await world.rows(`update businesses set dissolved_on = null`);
    const decide = (person: SmallPerson) => decideDispatch(two, acting(person), { id, answer: 'approve' });
    expect(await decide(writer)).toEqual({ ok: false, error: 'own' });
    expect(await decide(elsewhere)).toEqual({ ok: false, error: 'unknown' });
    expect(await decide(colleague)).toMatchObject({ ok: true });
    expect(await decide(colleague)).toEqual({ ok: false, error: 'decided' });
    await runDispatch(deps, id);
    expect(await world.rows('select id from message_threads')).toHaveLength(2);
  });

  test('whose deadline has passed while it waited is stopped, and not let go', async () => {
    const one = { ...limit(), fourEyesAbove: 1 };
    const sent = await sendDispatch(one, acting(writer), {
      key: randomUUID(),
      draft: draft({ industry: '43' }, new Date(Date.now() + 5 * DAY)),
      counted: 2,
      file: undefined,
    });
    const id = sent.ok ? sent.value.dispatchId : '';
    await world.rows(`update clock set offset_by = '6 days'`);
    const decide = (answer: 'approve' | 'decline') => decideDispatch(one, acting(colleague), { id, answer });
    expect(await decide('approve')).toEqual({ ok: false, error: 'late' });
    const page = await pages.post(colleague, `/staff/messages/dispatches/${id}`, { answer: 'approve' });
    expect([page.status, page.text.includes('The deadline has passed')]).toEqual([409, true]);
    expect(await decide('decline')).toMatchObject({ ok: true });
  });

  test('carries its file to every business, kept once, and each opens it in its own inbox alone', async () => {
    const id = await sendWithFile({ industry: '43' }, limit());
    await Promise.all([runDispatch(deps, id), runDispatch(deps, id)]);
    const hung = await world.rows<{ id: string; thread_id: string; business_id: string }>(
      `select id, thread_id, business_id from message_attachments where content is null`,
    );
    expect(hung).toHaveLength(2);
    expect(await world.rows('select dispatch_id from message_dispatch_files')).toEqual([{ dispatch_id: id }]);
    const [own, other] = [true, false].map((is) =>
      hung.find((one) => (one.business_id === business) === is)!,
    );
    const path = (one: typeof own) => `/b/${OWN}/business/messages/${one!.thread_id}/attachments/${one!.id}`;
    expect((await pages.get(officer, path(own))).text).toBe(PDF.toString());
    expect((await pages.get(officer, path(other))).status).toBe(404);
    expect((await pages.get(vendorMember, path(own))).status).toBe(404);
    const files = ({ tokenHash }: SmallPerson) =>
      inTransaction(world.database, { kind: 'session', tokenHash, business: OWN }, ({ query }) =>
        query.selectFrom('message_dispatch_files').select('dispatch_id').execute(),
      );
    expect(await files(officer)).toHaveLength(1);
    expect(await files(vendorMember)).toEqual([]);
  });

  test('with a file waits with it: the other case officer opens it first, and nobody changes it', async () => {
    const one = { ...limit(), fourEyesAbove: 1 };
    const id = await sendWithFile({ industry: '43' }, one);
    const page = `/staff/messages/dispatches/${id}`;
    expect((await pages.get(colleague, page)).text).toContain(`href="${page}/file"`);
    expect((await pages.get(colleague, `${page}/file`)).text).toBe(PDF.toString());
    for (const person of [elsewhere, officer])
      expect((await pages.get(person, `${page}/file`)).status).toBe(404);
    const change = (person: SmallPerson, statement: string) =>
      inTransaction(world.database, { kind: 'staff', ...acting(person) }, ({ query }) =>
        sql.raw(statement).execute(query),
      );
    await expect(change(writer, `update message_dispatch_files set content = 'x'`)).rejects.toThrow(
      /permission/u,
    );
    await expect(change(writer, `delete from message_dispatch_files`)).rejects.toThrow(/permission/u);
    const without = await sendDispatch(one, acting(writer), {
      key: randomUUID(),
      draft: draft({ industry: '43' }),
      counted: 2,
      file: undefined,
    });
    const late = `insert into message_dispatch_files (dispatch_id, authority, file_name, content, sha256, bytes, attached_by, attached_at)
      select '${without.ok ? without.value.dispatchId : ''}', authority, file_name, content, sha256, bytes, attached_by, context_now()
      from message_dispatch_files`;
    await expect(change(writer, late)).rejects.toThrow(/row-level security/u);
    expect(await decideDispatch(one, acting(colleague), { id, answer: 'approve' })).toMatchObject({
      ok: true,
    });
    await runDispatch(deps, id);
    const entries = await world.rows(
      `select changes ->> 'sha256' as sha256 from audit_entries where subject_id = $1 order by id`,
      [id],
    );
    expect(entries).toEqual([{ sha256: PDF_HASH }, { sha256: PDF_HASH }]);
    expect(await world.rows('select id from message_attachments')).toHaveLength(2);
  });

  test('opens no file of another dispatch for a business that names it in an answer of its own', async () => {
    const id = await sendWithFile({ number: '310000078' }, limit());
    await sendTo({ number: OWN }, 1);
    await pages.post(officer, `/b/${OWN}/business/messages/${(await theThread(business)).id}`, {
      body: 'Se her',
    });
    const { tokenHash } = officer;
    const forged = inTransaction(world.database, { kind: 'session', tokenHash, business: OWN }, ({ query }) =>
      sql`insert into message_attachments (message_id, thread_id, business_id, file_name, sha256, bytes, attached_by, attached_at,
            dispatch_id)
          select id, thread_id, business_id, 'x.pdf', ${Buffer.alloc(32)}, 1, author_id, context_now(), ${id}::uuid
          from messages where side = 'business'`.execute(query),
    );
    await expect(forged).rejects.toThrow(/file_of_the_dispatch/u);
  });

  test('takes no file that is not a PDF, whatever its name', async () => {
    const file = { name: 'pålegg.pdf', bytes: Buffer.from('MZ') };
    expect(
      await sendDispatch(limit(), acting(writer), {
        key: randomUUID(),
        draft: draft({ industry: '43' }),
        counted: 2,
        file,
      }),
    ).toEqual({ ok: false, error: 'not-pdf' });
    expect(await world.rows('select id from message_dispatches')).toEqual([]);
  });

  test('is seen by case officers of the own authority alone, and who looks is seen by those whose names it shows', async () => {
    const sent = await sendTo({ number: OWN }, 1);
    const id = sent.ok ? sent.value.dispatchId : '';
    const thread = await theThread();
    await openThread(world, officer.acting(OWN), thread.id);
    const path = `/staff/messages/threads/${thread.id}`;
    for (const [person, status] of [
      [colleague, 200],
      [elsewhere, 404],
      [officer, 404],
      [vendorMember, 404],
    ] as const) {
      for (const page of [path, `/staff/messages/dispatches/${id}`, `${path}/letter.pdf`])
        expect([person.name, page, (await pages.get(person, page)).status]).toEqual([
          person.name,
          page,
          status,
        ]);
      expect((await pages.post(person, path, { body: 'x' })).status).toBe(status === 200 ? 303 : 404);
    }
    const other = await viewDispatches(limit(), acting(elsewhere), 1);
    expect(other).toMatchObject({ ok: true, value: { count: 0 } });
    const seen = await world.rows('select subject_person_id as who, viewer_name, occasion from disclosures');
    expect(seen[0]).toEqual({ who: officer.id, viewer_name: 'Nøye Nabo', occasion: 'message-thread' });
  });

  test('is written, previewed, sent and answered on pages; forged and foreign posts get nowhere', async () => {
    const fields = {
      to: 'one',
      number: '310 000 019',
      category: 'order',
      subject: 'Pålegg',
      body: 'Til {{business}}',
      lastDay: '',
    };
    const preview = await pages.post(writer, '/staff/messages/new', fields);
    expect(preview.text).toContain('The message goes to 1 business.');
    expect(preview.text).toContain('Til BLÅ HAMMER AS');
    expect(await world.rows('select id from message_threads')).toEqual([]);
    const file = new File([Buffer.from('%PDF-1.7 %%EOF')], 'pålegg.pdf');
    const sent = await pages.upload(writer, '/staff/messages/new', 'file', file, { ...fields, counted: '1' });
    expect(sent.location).toMatch(/dispatches\/.*done=messages%3Adone\.sent/u);
    const { id } = await theThread();
    const inbox = await pages.get(officer, `/b/${OWN}/business/messages/${id}`);
    expect(inbox.text).toContain('pålegg.pdf');
    await pages.post(officer, `/b/${OWN}/business/messages/${id}`, { body: 'Dette er rettet.' });
    expect((await pages.get(writer, '/staff/messages?show=answers')).text).toContain('1 new answer');
    const path = `/staff/messages/threads/${id}`;
    const { text } = await pages.get(writer, path);
    expect(text).toContain('Dette er rettet.');
    const [, key = ''] = /name="key" value="([^"]+)"/u.exec(text) ?? [];
    const again = () => pages.post(writer, path, { key, body: 'Takk' });
    await Promise.all([again(), again()]);
    expect(await world.rows(`select id from messages where body = 'Takk'`)).toHaveLength(1);
    expect((await pages.get(writer, '/staff/messages?show=answers')).text).toContain('No new answers');
    for (const wrong of [
      { ...fields, number: '310000018' },
      { ...fields, to: 'some', number: '' },
      { ...fields, body: '{{navn}}' },
      { ...fields, lastDay: '2020-01-01' },
      // A text that names the deadline, of a message that has none.
      { ...fields, subject: 'Rett opp innen {{ deadline }}' },
    ])
      expect((await pages.post(writer, '/staff/messages/new', wrong)).status).toBe(422);
  });

  test('is sent once, however often the form is sent, also from two windows and the way back', async () => {
    const fields = { to: 'some', industry: '43', category: 'order', subject: 'Pålegg', body: 'Rett opp' };
    const { text } = await pages.post(writer, '/staff/messages/new', fields);
    const [, key = ''] = /name="key" value="([^"]+)"/u.exec(text) ?? [];
    const send = (person: SmallPerson) =>
      pages.post(person, '/staff/messages/new', { ...fields, key, counted: '2' });
    const both = await Promise.all([send(writer), send(writer)]);
    expect(both.map(({ location }) => location).sort()).toEqual([
      `/staff/messages/dispatches/${key}?done=messages%3Adone.already`,
      `/staff/messages/dispatches/${key}?done=messages%3Adone.sending`,
    ]);
    await world.rows(`update businesses set dissolved_on = now() where organisation_number = '310000078'`);
    expect((await send(writer)).location).toMatch(/done\.already$/u);
    await world.rows(`update businesses set dissolved_on = null`);
    // Somebody else's key is nobody's message.
    expect((await send(colleague)).status).toBe(200);
    expect(await world.rows('select id from message_dispatches')).toEqual([{ id: key }]);
  });

  test('begins from a template of the authority', async () => {
    const kept = { name: 'Pålegg', category: 'order', subject: 'Pålegg', body: 'Til {{business}}' };
    expect((await pages.post(writer, '/staff/messages/templates', kept)).status).toBe(303);
    expect((await pages.post(colleague, '/staff/messages/templates', { ...kept, body: 'Ny' })).status).toBe(
      303,
    );
    const [{ id } = { id: '' }] = await world.rows<{ id: string }>('select id from message_templates');
    expect((await pages.get(writer, `/staff/messages/new?template=${id}`)).text).toContain('>Ny</textarea>');
    expect((await pages.get(elsewhere, '/staff/messages/templates')).text).toContain('No templates yet');
    expect((await pages.post(elsewhere, `/staff/messages/templates/${id}/remove`, {})).status).toBe(404);
    expect((await pages.post(writer, `/staff/messages/templates/${id}/remove`, {})).status).toBe(303);
  });
});

describe('a message that nobody opens', () => {
  const deadline = () => new Date(Date.now() + 12 * DAY);

  test('is told to the business, the officers, the second officer and the official address, and then goes by post', async () => {
    await sendTo({ number: OWN }, 1, deadline());
    await work();
    expect(mailed()).toEqual(['post@blahammer.example']);
    await after(5.9);
    expect(mailed()).toEqual([]);
    await after(6.1);
    expect(mailed()).toEqual(['spurv@egen.example']);
    await after(8.1);
    expect(mailed()).toEqual(['gaupe@egen.example', 'spurv@egen.example', 'varsling@blahammer.example']);
    await after(10.1);
    expect(mailed()).toEqual([]);
    const { id } = await theThread();
    const list = await pages.get(writer, '/staff/messages?show=post');
    expect(list.text).toContain('1 letter to be posted');
    expect((await pages.get(writer, `/staff/messages/threads/${id}/letter.pdf`)).text).toMatch(/^%PDF-/u);
    expect((await pages.get(writer, '/staff/messages')).text).toContain('Unread, goes by post');
    const posting = { reference: 'RR123456789NO' };
    expect((await pages.post(writer, `/staff/messages/threads/${id}/posted`, posting)).status).toBe(303);
    expect((await pages.post(writer, `/staff/messages/threads/${id}/posted`, posting)).status).toBe(409);
    expect(
      await world.rows(
        `select notified_by, posted_by_name, notified_at is not null as known from message_threads`,
      ),
    ).toEqual([{ notified_by: 'post', posted_by_name: 'Grundig Mappe', known: true }]);
    const steps = await world.rows('select step from message_steps order by id');
    expect(steps.map(({ step }) => step)).toEqual(['business', 'officers', 'second', 'post', 'posted']);
    expect((await pages.get(writer, '/staff/messages')).text).toContain('Unread, sent by post');
    expect((await pages.get(writer, `/staff/messages/threads/${id}`)).text).not.toContain('Print the letter');
  });

  test('is taken no further once somebody has read it; what is written after that is told anew', async () => {
    await sendTo({ number: OWN }, 1, deadline());
    await work();
    const { id } = await theThread();
    await openThread(world, officer.acting(OWN), id);
    mailed();
    await after(7);
    expect(mailed()).toEqual([]);
    await pages.post(writer, `/staff/messages/threads/${id}`, { body: 'Og en ting til.' });
    await work();
    expect(mailed()).toEqual(['post@blahammer.example']);
    expect((await theThread()).step).toBe('business');
    const { text } = await pages.get(writer, `/staff/messages/threads/${id}`);
    expect(text.match(/E-mail: sent/gu)).toHaveLength(2);
  });

  test('says of a text message that it is delivered once it is', async () => {
    await sendTo({ number: OWN }, 1, deadline());
    await work();
    const { id } = await theThread();
    const outcome = async () => (await pages.get(writer, `/staff/messages/threads/${id}`)).text;
    await world.rows(`update notice_deliveries set channel = 'sms', shipment_id = 'one'`);
    expect(await outcome()).toContain('Text message: sent');
    await world.rows(`update notice_deliveries set delivered_at = sent_at`);
    expect(await outcome()).toContain('Text message: delivered');
  });

  test('rests on no address that bounces, also after it was taken', async () => {
    await sendTo({ number: OWN }, 1, deadline());
    await work();
    mailed();
    const [delivery] = await world.rows<{ id: string }>('select id from notice_deliveries');
    expect(await noteBounce(deps, delivery!.id, 'mailbox-full')).toBe(true);
    expect(await noteBounce(deps, delivery!.id, 'mailbox-full')).toBe(false);
    expect(await noteBounce(deps, randomUUID(), 'no-mailbox')).toBe(false);
    await work();
    expect(mailed()).toEqual(['spurv@egen.example']);
    const { id } = await theThread();
    expect((await pages.get(writer, `/staff/messages/threads/${id}`)).text).toContain(
      'bounced (mailbox full)',
    );
    const [dispatch] = await world.rows<{ id: string }>('select id from message_dispatches');
    const seen = await viewDispatch(limit(), acting(writer), { id: dispatch!.id, page: 1 });
    expect(seen).toMatchObject({
      ok: true,
      value: { totals: { threads: 1, delivered: 1, read: 0, bounced: 1 } },
    });
  });

  test.each([
    ['there is none', { email: undefined, further: [] }, ['spurv@egen.example']],
    ['it is refused at once', { email: 'nobody@blahammer.example', further: [] }, ['spurv@egen.example']],
    [
      'it is only in its waiting time',
      { email: undefined, further: ['ny@blahammer.example'] },
      ['ny@blahammer.example', 'spurv@egen.example'],
    ],
  ])('does not rest on the business’s address when %s', async (_, given, told) => {
    mailbox = given;
    await sendTo({ number: OWN }, 1, deadline());
    await work();
    await after(0.01);
    await after(0.02);
    expect(mailed()).toEqual(told);
    expect((await theThread()).step).toBe('officers');
  });

  test('tells nothing but that there is a message, and links nowhere else', async () => {
    await sendTo({ number: OWN }, 1, deadline());
    await work();
    const [letter] = mail.received;
    const { id } = await theThread();
    expect(letter!.text).toContain(`https://kortvakt.example/b/${OWN}/business/messages/${id}`);
    expect(letter!.text).not.toMatch(/Pålegg|HAMMER|Grundig/u);
    // The words here are their keys, and what looks like a domain in a subject is taken apart.
    expect(letter!.subject).toMatch(/^messages:notice\. arrived\. subject /u);
  });
});
