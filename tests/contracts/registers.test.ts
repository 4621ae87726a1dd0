import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../src/kernel/ids.ts';
import { osloToday, parsePlainDate } from '../../src/kernel/dates.ts';
import { parseNationalId } from '../../src/kernel/national-id.ts';
import { parseOrganisationNumber } from '../../src/kernel/organisation-number.ts';
import { createRegisters, type Registers } from '../../src/registers/index.ts';
import { fullName, initialWorld, organisations, people } from '../../stand-ins/world.ts';
import { startForUs, type StandInsForUs } from './stand-ins.ts';

let standIns: StandInsForUs;
let registers: Registers;

beforeAll(async () => {
  standIns = await startForUs('http://localhost:1', { productionStepMs: 20 });
  registers = connect();
});

afterEach(() => {
  standIns.control.reset({});
});

afterAll(() => standIns.stop());

describe('Enhetsregisteret', () => {
  it('knows the business, its units and its form', async () => {
    const { enhetsregisteret } = registers;
    expect(await enhetsregisteret.business(organisation(organisations.blueHammer))).toMatchObject({
      ok: true,
      value: {
        organisationNumber: organisations.blueHammer,
        name: 'BLÅ HAMMER AS',
        form: 'AS',
        industryCode: '41.200',
        vatRegistered: true,
        bankrupt: false,
        address: { lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO', countryCode: 'NO' },
      },
    });
    const units = await enhetsregisteret.units(organisation(organisations.blueHammer));
    expect(units.ok && units.value.map((unit) => [unit.organisationNumber, unit.name])).toEqual([
      [organisations.blueHammerOslo, 'BLÅ HAMMER AS AVD OSLO'],
      [organisations.blueHammerTromso, 'BLÅ HAMMER AS AVD TROMSØ'],
    ]);
  });

  it.each([
    [organisations.gone, { ok: false, error: { kind: 'gone' } }],
    ['310000280', { ok: false, error: { kind: 'not-found' } }],
    [organisations.remnant, { ok: true, value: { deletedOn: '2026-02-28' } }],
    [organisations.bankrupt, { ok: true, value: { bankrupt: true } }],
  ])('answers for %s that has gone wrong or never was', async (number, answer) => {
    expect(await registers.enhetsregisteret.business(organisation(number))).toMatchObject(answer);
  });

  it('finds by name and by number', async () => {
    const byName = await registers.enhetsregisteret.search('blå hammer');
    expect(byName.ok && byName.value.map(({ name }) => name)).toEqual([
      'BLÅ HAMMER AS',
      'BLÅ HAMMER MALING AS',
    ]);
    const byNumber = await registers.enhetsregisteret.search('310 000 019');
    expect(byNumber.ok && byNumber.value.map(({ name }) => name)).toEqual(['BLÅ HAMMER AS']);
    expect(await registers.enhetsregisteret.search('finnes ikke')).toEqual({ ok: true, value: [] });
  });

  it('tells who holds which role, and their numbers only to those with a token', async () => {
    const number = organisation(organisations.blueHammer);
    const open = await registers.enhetsregisteret.openRoles(number);
    const authorised = await registers.enhetsregisteret.authorisedRoles(number);
    if (!open.ok || !authorised.ok) throw new Error('The roles cannot be had');
    expect(open.value.map((role) => [role.roleCode, role.resigned, role.deceased])).toEqual([
      ['DAGL', false, false],
      ['LEDE', false, false],
      ['MEDL', false, true],
      ['MEDL', true, false],
    ]);
    expect(open.value.every(({ nationalId }) => nationalId === undefined)).toBe(true);
    expect(authorised.value[0]).toMatchObject({ nationalId: people.vakenSpurv, birthDate: '1990-01-15' });
    expect(authorised.value.map(({ name }) => name)).toEqual(open.value.map(({ name }) => name));
  });

  it('tells what has changed since one last asked', async () => {
    const { enhetsregisteret } = registers;
    const before = await enhetsregisteret.updates('businesses', 0);
    const last = before.ok ? (before.value.at(-1)?.id ?? 0) : 0;
    expect(last).toBeGreaterThan(0);
    standIns.control.bankrupt({
      organisationNumber: organisations.cleaning,
      administrator: people.noyaktigBobestyrer,
    });
    expect(await enhetsregisteret.updates('businesses', last)).toMatchObject({
      ok: true,
      value: [{ organisationNumber: organisations.cleaning, change: 'changed' }],
    });
    expect(await enhetsregisteret.updates('roles', last)).toMatchObject({
      ok: true,
      value: [{ organisationNumber: organisations.cleaning }],
    });
    const units = await enhetsregisteret.updates('units', 0);
    expect(units.ok && units.value.every(({ change }) => change === 'created')).toBe(true);
  });
});

describe('Aa-registeret', () => {
  const employer = organisation(organisations.blueHammer);

  it('lists those who work in any unit of a business', async () => {
    const answer = await registers.aareg.employments({ organisationNumber: employer, statuses: ['active'] });
    if (!answer.ok) throw new Error(answer.error.kind);
    expect(answer.value).toHaveLength(40);
    expect(answer.value).toContainEqual({
      nationalId: people.vakenSpurv,
      unit: organisations.blueHammerOslo,
      employer: organisations.blueHammer,
      from: '2025-01-01',
      percent: 100,
    });
    expect(answer.value.filter(({ percent }) => percent === 2)).toHaveLength(1);
  });

  it('tells ended and future employments apart', async () => {
    const statuses = async (status: 'ended' | 'future') => {
      const answer = await registers.aareg.employments({ organisationNumber: employer, statuses: [status] });
      return answer.ok && answer.value.map(({ nationalId, from, to }) => ({ nationalId, from, to }));
    };
    expect(await statuses('ended')).toEqual([
      { nationalId: people.ferdigSluttspurt, from: '2023-02-01', to: '2026-03-31' },
    ]);
    expect(await statuses('future')).toEqual([
      { nationalId: people.kommendeMorgendag, from: '2027-01-01', to: undefined },
    ]);
  });

  it('refuses a question that names no status', async () => {
    expect(await registers.aareg.employments({ organisationNumber: employer, statuses: [] })).toEqual({
      ok: false,
      error: { kind: 'refused', register: 'aareg' },
    });
  });
});

describe('Folkeregisteret', () => {
  it('knows names in every alphabet of the world, deaths and inactive D-numbers', async () => {
    const ids = initialWorld.people.map(({ nationalId }) => person(nationalId));
    const answer = await registers.folkeregisteret.people(ids);
    if (!answer.ok) throw new Error(answer.error.kind);
    const found = new Map(answer.value.map((one) => [String(one.nationalId), one]));
    expect(found.size).toBe(initialWorld.people.length);
    for (const one of initialWorld.people) {
      const { given, middle, family } = found.get(one.nationalId)?.name ?? {};
      expect([given, middle, family].filter(Boolean).join(' ')).toBe(fullName(one));
    }
    expect(found.get(people.borteVekk)).toMatchObject({ deceased: true, status: 'doed' });
    expect(found.get(people.inactiveDNumber)).toMatchObject({
      identifierKind: 'd-number',
      identifierActive: false,
    });
    expect(found.get(people.activeDNumber)).toMatchObject({
      identifierKind: 'd-number',
      identifierActive: true,
    });
    expect(found.get(people.vakenSpurv)).toMatchObject({ birthDate: '1990-01-15', deceased: false });
  });

  it('tells whom something has changed of, after what was read', async () => {
    const last = await registers.folkeregisteret.lastChange();
    if (!last.ok) throw new Error(last.error.kind);
    expect(await registers.folkeregisteret.changes(last.value)).toEqual({ ok: true, value: [] });
    standIns.control.setCitizenship({ nationalId: people.vakenSpurv, citizenship: 'PHL' });
    standIns.control.setCitizenship({ nationalId: people.vakenSpurv, citizenship: 'NOR' });
    const ids = [last.value + 1, last.value + 2];
    expect(await registers.folkeregisteret.changes(last.value)).toEqual({
      ok: true,
      value: ids.map((id) => ({ id, nationalId: people.vakenSpurv })),
    });
  });

  it('answers with nobody for a number that nobody has', async () => {
    expect(await registers.folkeregisteret.people([person('55819049938')])).toEqual({ ok: true, value: [] });
  });
});

describe('the contact register of persons', () => {
  it('tells who can be reached and who cannot', async () => {
    const ids = [people.vakenSpurv, '09899919162', '15907506247', '07819727699', '31838049578'].map(person);
    const answer = await registers.krr.contacts(ids);
    if (!answer.ok) throw new Error(answer.error.kind);
    expect(answer.value.map(({ canBeNotified }) => canBeNotified)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(answer.value[0]).toMatchObject({ nationalId: people.vakenSpurv, language: 'nb' });
    expect(answer.value[0]?.email).toContain('@');
    expect(answer.value[3]?.email).toBeUndefined();
  });
});

describe('the register of official notification addresses', () => {
  const addresses = async (number: string) => {
    const answer = await registers.kofuvi.addresses(organisation(number));
    if (!answer.ok) throw new Error(answer.error.kind);
    return answer.value;
  };

  it("gives a business's addresses, a unit's own, and the business's for a unit without", async () => {
    const main = {
      organisationNumber: organisations.blueHammer,
      addresses: [
        { id: 'v1', email: 'post@blahammer.example', mobile: undefined },
        { id: 'v2', email: undefined, mobile: '+4799900019' },
      ],
    };
    expect(await addresses(organisations.blueHammer)).toEqual(main);
    expect(await addresses(organisations.blueHammerOslo)).toEqual(main);
    expect(await addresses(organisations.blueHammerTromso)).toMatchObject({
      organisationNumber: organisations.blueHammerTromso,
      addresses: [{ email: 'tromso@blahammer.example' }],
    });
  });

  it('tells a business without addresses from one that is not there', async () => {
    expect((await addresses(organisations.subsidiary)).addresses).toEqual([]);
    expect(await registers.kofuvi.addresses(organisation('310000280'))).toEqual({
      ok: false,
      error: { kind: 'not-found', register: 'kofuvi' },
    });
  });

  it('follows a change', async () => {
    standIns.control.setNotificationAddress({
      organisationNumber: organisations.blueHammer,
      email: 'ny@example.no',
    });
    expect((await addresses(organisations.blueHammerOslo)).addresses.map(({ email }) => email)).toEqual([
      'ny@example.no',
    ]);
    standIns.control.setNotificationAddress({ organisationNumber: organisations.blueHammer });
    expect((await addresses(organisations.blueHammer)).addresses).toEqual([]);
  });
});

describe('the card issuer', () => {
  it('takes a batch once and ships its cards', async () => {
    const { cardIssuer } = registers;
    const batch = batchOf('batch-1');
    const receipt = { ok: true, value: { batchId: 'batch-1', status: 'acknowledged' } };
    expect(await cardIssuer.sendBatch(batch)).toEqual(receipt);
    expect(await cardIssuer.sendBatch(batch)).toEqual(receipt);
    await expect
      .poll(async () => {
        const status = await cardIssuer.batchStatus('batch-1');
        return status.ok && status.value.cards.map((card) => [card.lineId, card.status]);
      })
      .toEqual([['line-1', 'shipped']]);
  });

  it('refuses other cards under the same name, and a photo that was changed on the way', async () => {
    const refused = { ok: false, error: { kind: 'refused', register: 'card-issuer' } };
    await registers.cardIssuer.sendBatch(batchOf('batch-2'));
    expect(await registers.cardIssuer.sendBatch(batchOf('batch-2', 'Vis Ugle'))).toEqual(refused);
    const [card] = batchOf('batch-3').cards;
    if (!card) throw new Error('The batch is empty');
    const spoilt = { batchId: 'batch-3', cards: [{ ...card, photoSha256: '0'.repeat(64) }] };
    expect(await registers.cardIssuer.sendBatch(spoilt)).toEqual(refused);
  });

  it('says which cards came back, until it is told what becomes of them', async () => {
    const { cardIssuer } = registers;
    const batch = batchOf('batch-5');
    await cardIssuer.sendBatch({
      ...batch,
      cards: batch.cards.map((card) => ({ ...card, lineId: uuidv7() })),
    });
    standIns.control.returnCard({ cardNumber: '12345678', reason: 'not-collected' });
    const lying = await cardIssuer.returns();
    if (!lying.ok) throw new Error(lying.error.kind);
    expect(lying.value).toMatchObject([{ reason: 'not-collected' }]);
    const returnId = lying.value[0]?.returnId ?? '';
    expect((await cardIssuer.batchStatus('batch-5')).ok).toBe(true);
    const to = { recipient: 'Brakka', lines: ['Torget 2'], postalCode: '9008', place: 'TROMSØ' };
    for (const _ of [1, 2]) expect((await cardIssuer.settleReturn(returnId, to)).ok).toBe(true);
    expect((await cardIssuer.settleReturn(returnId, undefined)).ok).toBe(false);
    expect(await cardIssuer.returns()).toEqual({ ok: true, value: [] });
    expect(standIns.control.returns()).toMatchObject([{ returnId }]);
  });

  it('makes no card of a batch that somebody else has signed', async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    const { kid, alg } = standIns.privateJwk;
    const foreign = connect({ signingJwk: { ...(await exportJWK(pair.privateKey)), kid, alg } });
    expect(await foreign.cardIssuer.sendBatch(batchOf('batch-4'))).toEqual({
      ok: false,
      error: { kind: 'refused', register: 'card-issuer' },
    });
    expect((await registers.cardIssuer.batchStatus('batch-4')).ok).toBe(false);
  });

  it('knows no batch that was never sent', async () => {
    expect(await registers.cardIssuer.batchStatus('batch-9')).toEqual({
      ok: false,
      error: { kind: 'not-found', register: 'card-issuer' },
    });
  });
});

describe('the access point', () => {
  const sending = (key: string, xml = '<Invoice/>') => ({
    key,
    receiver: organisation(organisations.blueHammer),
    kind: 'invoice' as const,
    xml,
  });

  it('knows who receives invoices, and who does not', async () => {
    const { accessPoint } = registers;
    const receives = (number: string) => accessPoint.receives(organisation(number), 'invoice');
    expect(await receives(organisations.blueHammer)).toEqual({ ok: true, value: true });
    expect(await receives(organisations.cleaning)).toEqual({ ok: true, value: false });
  });

  it('sends a document once, however often it is handed over', async () => {
    const { accessPoint } = registers;
    const receipt = { ok: true, value: { key: 'invoice-1' } };
    expect(await accessPoint.sent('invoice-1')).toEqual({ ok: true, value: false });
    expect(await accessPoint.send(sending('invoice-1'))).toEqual(receipt);
    expect(await accessPoint.send(sending('invoice-1'))).toEqual(receipt);
    expect(await accessPoint.sent('invoice-1')).toEqual({ ok: true, value: true });
    expect(standIns.control.documents().filter(({ key }) => key === 'invoice-1')).toHaveLength(1);
  });

  it('refuses another document under the same key', async () => {
    await registers.accessPoint.send(sending('invoice-2'));
    expect(await registers.accessPoint.send(sending('invoice-2', '<Invoice>2</Invoice>'))).toEqual({
      ok: false,
      error: { kind: 'refused', register: 'access-point' },
    });
  });
});

describe('Altinn Notifications', () => {
  const message = { key: 'kortvakt-1', to: '+4791234567', text: 'Koden er 123456.' };

  it('sends a text message once, however often it is ordered, and tells that it was delivered', async () => {
    const { altinnNotifications } = registers;
    const first = await altinnNotifications?.orderSms(message);
    expect(first).toMatchObject({ ok: true });
    expect(await altinnNotifications?.orderSms(message)).toEqual(first);
    expect(standIns.control.sms('+4791234567')).toMatchObject([{ text: 'Koden er 123456.' }]);
    const shipment = first?.ok === true ? first.value.shipmentId : '';
    expect(await altinnNotifications?.status(shipment)).toEqual({ ok: true, value: 'delivered' });
  });

  it.each([
    ['SMS_Sending', 'under-way'],
    ['SMS_Accepted', 'under-way'],
    ['SMS_Failed_InvalidRecipient', 'no-such-number'],
    ['SMS_Failed_BarredReceiver', 'refused'],
    ['SMS_Failed_RecipientNotIdentified', 'no-such-number'],
    ['SMS_Failed_RecipientReserved', 'refused'],
    // Deleted at the operator's: that says nothing of the number.
    ['SMS_Failed_Deleted', 'failed'],
    ['SMS_Failed_Expired', 'failed'],
    ['SMS_Failed_OfANewKind', 'failed'],
  ])('tells of %s as %s', async (status, expected) => {
    standIns.control.setSmsStatus({ to: message.to, status });
    const ordered = await registers.altinnNotifications?.orderSms(message);
    const shipment = ordered?.ok === true ? ordered.value.shipmentId : '';
    expect(await registers.altinnNotifications?.status(shipment)).toEqual({ ok: true, value: expected });
  });

  it('finds what is no number invalid, and knows no shipment that never was', async () => {
    expect(await registers.altinnNotifications?.orderSms({ ...message, to: '123' })).toEqual({
      ok: false,
      error: { kind: 'invalid', register: 'altinn-notifications' },
    });
    expect(await registers.altinnNotifications?.status('none')).toEqual({
      ok: false,
      error: { kind: 'not-found', register: 'altinn-notifications' },
    });
  });

  it('shows the messages as a page', async () => {
    await registers.altinnNotifications?.orderSms({
      ...message,
      text: '<b>Hei</b> http://localhost:1/x?a=1',
    });
    const shown = await (await fetch(`${standIns.servicesOrigin}/sms`)).text();
    expect(shown).toContain('&lt;b&gt;Hei&lt;/b&gt; <a href="http://localhost:1/x?a=1">');
  });
});

describe('a register in trouble', () => {
  const ask = {
    enhetsregisteret: () => registers.enhetsregisteret.business(organisation(organisations.blueHammer)),
    aareg: () =>
      registers.aareg.employments({
        organisationNumber: organisation(organisations.blueHammer),
        statuses: ['active'],
      }),
    folkeregisteret: () => registers.folkeregisteret.people([person(people.vakenSpurv)]),
    krr: () => registers.krr.contacts([person(people.vakenSpurv)]),
    kofuvi: () => registers.kofuvi.addresses(organisation(organisations.blueHammer)),
    'card-issuer': () => registers.cardIssuer.batchStatus('batch-1'),
    'access-point': () => registers.accessPoint.receives(organisation(organisations.blueHammer), 'invoice'),
    'altinn-notifications': async () =>
      (await registers.altinnNotifications?.orderSms({ key: 'k', to: '+4791234567', text: 'Hei' })) ??
      ({ ok: false, error: { kind: 'gone', register: 'none' } } as const),
  } as const;
  const names = [
    'enhetsregisteret',
    'aareg',
    'folkeregisteret',
    'krr',
    'kofuvi',
    'card-issuer',
    'access-point',
    'altinn-notifications',
  ] as const;

  it.each(names)('%s is unavailable while it fails, and itself again afterwards', async (service) => {
    standIns.control.setFault({ service, status: 503 });
    expect(await ask[service]()).toEqual({ ok: false, error: { kind: 'unavailable', register: service } });
    standIns.control.clearFaults({ service });
    const answer = await ask[service]();
    expect(answer.ok || answer.error.kind).toBe(service === 'card-issuer' ? 'not-found' : true);
  });

  it.each(names)('%s that is slow is given up', async (service) => {
    standIns.control.setFault({ service, slowMs: 1000 });
    expect(await ask[service]()).toEqual({ ok: false, error: { kind: 'timeout', register: service } });
  });

  it('Folkeregisteret that has had too many calls says for how long, in milliseconds', async () => {
    standIns.control.setFault({ service: 'folkeregisteret', status: 429 });
    expect(await ask.folkeregisteret()).toEqual({
      ok: false,
      error: { kind: 'rate-limited', register: 'folkeregisteret', retryAfterMs: 250 },
    });
  });

  it('Maskinporten keeps us from the closed registers only', async () => {
    const unknowing = connect();
    await ask.krr();
    standIns.control.setFault({ service: 'maskinporten', status: 500 });
    expect(await unknowing.krr.contacts([person(people.vakenSpurv)])).toEqual({
      ok: false,
      error: { kind: 'unavailable', register: 'maskinporten' },
    });
    const business = await unknowing.enhetsregisteret.business(organisation(organisations.blueHammer));
    expect(business.ok).toBe(true);
    // Who has a token already goes on with it.
    expect((await ask.krr()).ok).toBe(true);
  });

  it('a client whom Maskinporten does not know is refused', async () => {
    const stranger = connect({ clientId: 'stranger' });
    expect(await stranger.krr.contacts([person(people.vakenSpurv)])).toEqual({
      ok: false,
      error: { kind: 'refused', register: 'maskinporten' },
    });
  });
});

describe('the Labour Inspection Authority', () => {
  it.each([
    ['cleaning', organisations.cleaning, 'approved'],
    ['carCare', organisations.partnership, 'approved-without-staff'],
    ['staffing', organisations.agency, 'not-approved'],
  ] as const)('says in its register of %s where %s stands', async (register, number, standing) => {
    const answer = await registers[register].approvals();
    expect(answer.ok && answer.value.approvals).toContainEqual(
      expect.objectContaining({ organisationNumber: number, standing }),
    );
  });
});

it('knows nobody synthetic where nobody synthetic is allowed', async () => {
  const strict = connect({ allowSynthetic: false });
  const employer = organisation(organisations.blueHammer);
  expect(await strict.aareg.employments({ organisationNumber: employer, statuses: ['active'] })).toEqual({
    ok: true,
    value: [],
  });
  const roles = await strict.enhetsregisteret.authorisedRoles(employer);
  expect(roles.ok && roles.value.every(({ nationalId }) => nationalId === undefined)).toBe(true);
});

function connect({
  clientId = 'kortvakt',
  allowSynthetic = true,
  signingJwk = standIns.privateJwk,
} = {}): Registers {
  const { servicesOrigin, privateJwk } = standIns;
  return createRegisters(
    {
      maskinporten: { issuer: `${servicesOrigin}/maskinporten`, clientId, privateJwk },
      registers: {
        enhetsregisteretUrl: `${servicesOrigin}/enhetsregisteret/api`,
        enhetsregisteretAuthorisedUrl: `${servicesOrigin}/enhetsregisteret/autorisert-api`,
        aaregUrl: `${servicesOrigin}/aareg/v1/arbeidsforhold`,
        folkeregisteretUrl: `${servicesOrigin}/folkeregisteret/offentlig-med-hjemmel/api/v1`,
        krrUrl: `${servicesOrigin}/krr`,
        kofuviUrl: `${servicesOrigin}/kofuvi`,
        cardIssuerUrl: `${servicesOrigin}/card-issuer`,
        accessPointUrl: `${servicesOrigin}/access-point`,
        cleaningUrl: `${servicesOrigin}/renhold_register.xml`,
        carCareUrl: `${servicesOrigin}/bilpleieregisteret/api`,
        staffingUrl: `${servicesOrigin}/bemanningsforetaksregisteret2/api`,
        assignmentsUrl: `${servicesOrigin}/arbeidsforholdioppdrag`,
        altinnUrl: `${servicesOrigin}/altinn`,
      },
      secrets: { signingJwk },
      allowSynthetic,
    },
    { timeoutMs: 250, backOffMs: 1 },
  );
}

function organisation(text: string) {
  const parsed = parseOrganisationNumber(text);
  if (!parsed.ok) throw new Error(`${text} is ${parsed.error}`);
  return parsed.value;
}

function person(text: string) {
  const parsed = parseNationalId(text, { synthetic: true });
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function batchOf(batchId: string, holderName = 'Våken Spurv') {
  const photo = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
  const today = osloToday(new Date());
  return {
    batchId,
    cards: [
      {
        lineId: 'line-1',
        cardNumber: '12345678',
        cardType: 'construction',
        holderName,
        birthDate: parsePlainDate('1990-01-15') ?? today,
        employerName: 'BLÅ HAMMER AS',
        organisationNumber: organisation(organisations.blueHammer),
        issueDate: today,
        expiryDate: today,
        checkAddress: 'https://kortvakt.example/check/12345678',
        photoSha256: createHash('sha256').update(photo).digest('hex'),
        photo,
        deliverTo: { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' },
      },
    ],
  };
}
