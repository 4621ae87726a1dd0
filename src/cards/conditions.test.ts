import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditions as settings } from '../../tests/support/conditions.ts';
import { addDays, lastDayToEnd, osloToday, type PlainDate, startOfDay } from '../kernel/dates.ts';
import {
  type ConditionCode,
  type ConditionFacts,
  CONDITIONS,
  isValid,
  judge,
  returnOf,
  suspensionOf,
  type Tie,
  type Warning,
  warningsOf,
} from './conditions.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };

const NOW = new Date('2026-11-28T10:00:00Z');
const TODAY = osloToday(NOW);
const inDays = (days: number) => addDays(TODAY, days);
const at = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

const employed: Tie = { source: 'register', from: inDays(-400), to: null, declaredUntil: null };
const good: ConditionFacts = {
  cardType: 'construction',
  expiresAt: at(500),
  blockedReason: null,
  business: { form: 'AS', missing: false, dissolvedOn: null, bankrupt: false, vatRegistered: false },
  ties: [employed],
  person: { registered: true, deceased: false, inactiveSince: null, permitDueSince: null },
  permitLastDay: null,
  approvals: {},
  replaced: false,
};
const business = (changes: Partial<ConditionFacts['business']>) => ({
  business: { ...good.business, ...changes },
});
const person = (changes: Partial<NonNullable<ConditionFacts['person']>>) => ({
  person: { registered: true, deceased: false, inactiveSince: null, permitDueSince: null, ...changes },
});
/** A permit to stay has been due for so many days; the last day of the one that was declared, if any. */
const permit = (dueDays: number, lastDay: PlainDate | null) => ({
  ...person({ permitDueSince: at(-dueDays) }),
  permitLastDay: lastDay,
});
const ties = (...list: Partial<Tie>[]) => ({ ties: list.map((one) => ({ ...employed, ...one })) });
const approval = (register: string, standing: string, days = -400) => ({
  cardType: register === 'staffing' ? 'construction' : register,
  approvals: { [register]: { standing, since: at(days) } },
});
const standings = ['approved', 'approved-without-staff', 'card-order', 'unknown'];
const waiting = ['application', 'absent'];
const registers = [
  ['cleaning', 'CLEANING_NOT_APPROVED'],
  ['car-care', 'CARCARE_NOT_APPROVED'],
  ['staffing', 'AGENCY_NOT_REGISTERED'],
] as const;

type Row = [what: string, facts: Partial<ConditionFacts>, code: ConditionCode | null];
const rows: Row[] = [
  ['nothing the matter', {}, null],
  // The card itself.
  ['its last day is today', { expiresAt: lastDayToEnd(TODAY) }, null],
  ['its last day was yesterday', { expiresAt: startOfDay(TODAY) }, 'EXPIRED'],
  ['lost', { blockedReason: 'lost' }, 'LOST'],
  ['stolen', { blockedReason: 'stolen' }, 'STOLEN'],
  ['returned', { blockedReason: 'returned' }, 'RETURNED'],
  ['destroyed', { blockedReason: 'destroyed' }, 'DESTROYED'],
  ['seized', { blockedReason: 'seized' }, 'SEIZED'],
  ['replaced, as damaged', { blockedReason: 'damaged' }, 'BLOCKED'],
  ['replaced, for a new name', { blockedReason: 'new-name' }, 'BLOCKED'],
  // The business.
  ['no such number', business({ missing: true }), 'ORG_NOT_FOUND'],
  ['bankrupt', business({ bankrupt: true }), 'ORG_BANKRUPT'],
  ['dissolved today', business({ dissolvedOn: TODAY }), 'ORG_DISSOLVED'],
  ['dissolved long ago', business({ dissolvedOn: inDays(-90) }), 'ORG_DISSOLVED'],
  ['to be dissolved tomorrow', business({ dissolvedOn: inDays(1) }), null],
  ['without VAT where it is due', business({ form: 'NUF' }), 'VAT_MISSING'],
  ['with VAT where it is due', business({ form: 'NUF', vatRegistered: true }), null],
  ['without VAT where it is not due', business({ form: 'ENK' }), null],
  // The person.
  ['deceased', person({ deceased: true }), 'FREG_DECEASED'],
  ['unknown to Folkeregisteret', person({ registered: false }), 'FREG_UNKNOWN'],
  ['a number inactive since today', person({ inactiveSince: NOW }), null],
  ['a number inactive for 30 days', person({ inactiveSince: at(-30) }), null],
  ['a number inactive for 31 days', person({ inactiveSince: at(-31) }), 'DNR_INACTIVE'],
  // The permit to stay.
  ['a permit due since today, none declared', permit(0, null), null],
  ['a permit due for 30 days, none declared', permit(30, null), null],
  ['a permit due for 31 days, none declared', permit(31, null), 'PERMIT_MISSING'],
  ['a permit whose last day is today', permit(400, TODAY), null],
  ['a permit whose last day was yesterday', permit(400, inDays(-1)), 'PERMIT_EXPIRED'],
  ['a permit that ended at once when it became due', permit(0, inDays(-1)), 'PERMIT_EXPIRED'],
  ['a permit that ended, of somebody of whom none is due', { permitLastDay: inDays(-1) }, null],
  ['nobody on the list', { ties: [], person: null }, 'AA_NOT_EMPLOYED'],
  // Why the person works there.
  ['the last day is today', ties({ to: TODAY }), null],
  ['the last day was yesterday', ties({ to: inDays(-1) }), 'AA_ENDED'],
  ['begins today', ties({ from: TODAY }), null],
  ['begins tomorrow', ties({ from: inDays(1) }), 'AA_NOT_EMPLOYED'],
  ['ended in one unit, goes on in another', ties({ to: inDays(-1) }, {}), null],
  ['ended in both units', ties({ to: inDays(-1) }, { to: inDays(-9) }), 'AA_ENDED'],
  ['an assignment that lasts', ties({ source: 'assignment', to: TODAY }), null],
  ['an assignment that is over', ties({ source: 'assignment', to: inDays(-1) }), 'SFU_NOT_ASSIGNED'],
  ['an assignment to come', ties({ source: 'assignment', from: inDays(1) }), 'SFU_NOT_ASSIGNED'],
  ['declared', ties({ source: 'declared', declaredUntil: at(1) }), null],
  ['declared until now', ties({ source: 'declared', declaredUntil: NOW }), 'DECLARATION_ENDED'],
  ['declared by nobody any more', ties({ source: 'declared', declaredUntil: null }), 'DECLARATION_ENDED'],
  // The Labour Inspection Authority's registers.
  ...registers.flatMap(([register, code]): Row[] => [
    ...standings.map((standing): Row => [`${register}: ${standing}`, approval(register, standing), null]),
    ...waiting.flatMap((standing): Row[] => [
      [`${register}: ${standing} for 30 days`, approval(register, standing, -30), null],
      [`${register}: ${standing} for 31 days`, approval(register, standing, -31), code],
    ]),
    [`${register}: refused`, approval(register, 'not-approved', 0), code],
  ]),
  ['cleaning: never read', { cardType: 'cleaning' }, null],
  [
    'refused for cleaning, with a card for construction',
    { ...approval('cleaning', 'not-approved'), cardType: 'construction' },
    null,
  ],
];

describe('a condition', () => {
  test.each(rows)('%s', (_, changes, code) => {
    const verdicts = judge({ ...good, ...changes }, settings, NOW);
    expect(verdicts.flatMap((one) => (one.state === 'fails' ? [one.code] : []))).toEqual(
      code === null ? [] : [code],
    );
    expect(isValid(verdicts)).toBe(code === null);
  });

  test('is in the table above under each of its codes, and has words in both languages', () => {
    const codes = Object.keys(CONDITIONS).toSorted();
    expect([...new Set(rows.flatMap(([, , code]) => code ?? []))].toSorted()).toEqual(codes);
    const foreseeable = codes.filter((code) => CONDITIONS[code as ConditionCode].warnDays.length > 0);
    for (const words of [nb, en]) {
      expect(Object.keys(words.coming).toSorted()).toEqual(foreseeable);
      expect(Object.keys(words.condition).toSorted()).toEqual(codes);
      const requirements = new Set(Object.values(CONDITIONS).map(({ requirement }) => requirement));
      expect(Object.keys(words.requirement).toSorted()).toEqual([...requirements].toSorted());
      const menders = new Set(Object.values(CONDITIONS).map(({ mender }) => mender));
      expect(Object.keys(words.mender).toSorted()).toEqual([...menders].toSorted());
    }
  });

  test('suspends unless it ends the card for good, the gravest first', () => {
    const reason = (changes: Partial<ConditionFacts>) =>
      suspensionOf(judge({ ...good, ...changes }, settings, NOW));
    expect(reason({})).toBe(null);
    expect(reason({ blockedReason: 'lost' })).toBe(null);
    expect(reason({ expiresAt: NOW })).toBe(null);
    expect(reason({ ...ties({ to: inDays(-1) }), ...person({ deceased: true }) })).toBe('FREG_DECEASED');
    expect(reason({ ...ties({ to: inDays(-1) }), ...business({ bankrupt: true }) })).toBe('ORG_BANKRUPT');
  });
});

describe('what will fail', () => {
  const warned = (changes: Partial<ConditionFacts>): Pick<Warning, 'code' | 'days'>[] => {
    const facts = { ...good, ...changes };
    return warningsOf(facts, judge(facts, settings, NOW), NOW).map(({ code, days }) => ({ code, days }));
  };
  test.each<[string, Partial<ConditionFacts>, Pick<Warning, 'code' | 'days'>[]]>([
    ['expires in 91 days', { expiresAt: at(91) }, []],
    ['expires in 90 days', { expiresAt: at(90) }, [{ code: 'EXPIRED', days: 90 }]],
    ['expires in 31 days', { expiresAt: at(31) }, [{ code: 'EXPIRED', days: 90 }]],
    ['expires in 30 days', { expiresAt: at(30) }, [{ code: 'EXPIRED', days: 30 }]],
    ['expires in 7 days', { expiresAt: at(7) }, [{ code: 'EXPIRED', days: 7 }]],
    ['expires in 7 days, renewed', { expiresAt: at(7), replaced: true }, []],
    ['ends in 40 days', ties({ to: inDays(40) }), []],
    ['ends in 20 days', ties({ to: inDays(20) }), [{ code: 'AA_ENDED', days: 30 }]],
    ['ends in 20 days, and goes on', ties({ to: inDays(20) }, { from: inDays(21) }), []],
    [
      'ends in 20 days, and goes on for 20 more',
      ties({ to: inDays(20) }, { from: inDays(21), to: inDays(40) }),
      [],
    ],
    [
      'ends in 2 days, and begins anew after a gap',
      ties({ to: inDays(2) }, { from: inDays(4) }),
      [{ code: 'AA_ENDED', days: 7 }],
    ],
    [
      'an assignment of 5 more days',
      ties({ source: 'assignment', to: inDays(5) }),
      [{ code: 'SFU_NOT_ASSIGNED', days: 7 }],
    ],
    ['a number inactive for 14 days', person({ inactiveSince: at(-14) }), []],
    [
      'a number inactive for 17 days',
      person({ inactiveSince: at(-17) }),
      [{ code: 'DNR_INACTIVE', days: 14 }],
    ],
    [
      'no longer approved since today',
      approval('cleaning', 'absent', -1),
      [{ code: 'CLEANING_NOT_APPROVED', days: 30 }],
    ],
    [
      'declared for 29 more days',
      ties({ source: 'declared', declaredUntil: at(29) }),
      [{ code: 'DECLARATION_ENDED', days: 30 }],
    ],
    ['a permit due for a day', permit(1, null), [{ code: 'PERMIT_MISSING', days: 30 }]],
    ['a permit due for 24 days', permit(24, null), [{ code: 'PERMIT_MISSING', days: 7 }]],
    ['a permit of 91 more days', permit(400, inDays(91)), []],
    ['a permit of 89 more days', permit(400, inDays(89)), [{ code: 'PERMIT_EXPIRED', days: 90 }]],
    ['a permit of 29 more days', permit(400, inDays(29)), [{ code: 'PERMIT_EXPIRED', days: 30 }]],
    ['a permit of 6 more days', permit(400, inDays(6)), [{ code: 'PERMIT_EXPIRED', days: 7 }]],
    ['what is suspended already', { expiresAt: at(7), ...business({ bankrupt: true }) }, []],
  ])('%s', (_, changes, expected) => {
    expect(warned(changes)).toEqual(expected);
  });
});

test.each<[string, Partial<ConditionFacts>, number | undefined]>([
  ['goes on', {}, undefined],
  ['has not begun', ties({ from: inDays(5) }), undefined],
  ['ended 6 days ago', ties({ to: inDays(-7) }), undefined],
  ['ended 8 days ago', ties({ to: inDays(-9) }), 7],
  ['ended 31 days ago', ties({ source: 'assignment', to: inDays(-32) }), 30],
  ['ended a year ago', ties({ to: inDays(-365) }), 90],
  ['was declared until 8 days ago', ties({ source: 'declared', declaredUntil: at(-8) }), 7],
])('the card of somebody whose work %s is asked for: %s', (_, changes, days) => {
  expect(returnOf(judge({ ...good, ...changes }, settings, NOW), NOW)?.days).toBe(days);
});

/** An answer of a register, or that it is silent, so many days after the beginning. */
type Event =
  | { readonly kind: 'silence' }
  | {
      readonly kind: 'business';
      readonly bankrupt: boolean;
      readonly missing: boolean;
      readonly vat: boolean;
    }
  | { readonly kind: 'dissolved'; readonly inDays: number | null }
  | {
      readonly kind: 'person';
      readonly deceased: boolean;
      readonly registered: boolean;
      readonly active: boolean;
      readonly permitDue: boolean;
    }
  | { readonly kind: 'permit'; readonly lastDays: number }
  | { readonly kind: 'employment'; readonly fromDays: number; readonly toDays: number | null }
  | { readonly kind: 'approval'; readonly standing: string }
  | { readonly kind: 'block' };

const day = fc.integer({ min: -40, max: 40 });
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.constant({ kind: 'silence' } as const),
  fc.record({
    kind: fc.constant('business' as const),
    bankrupt: fc.boolean(),
    missing: fc.boolean(),
    vat: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('dissolved' as const), inDays: fc.option(day) }),
  fc.record({
    kind: fc.constant('person' as const),
    deceased: fc.boolean(),
    registered: fc.boolean(),
    active: fc.boolean(),
    permitDue: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('permit' as const), lastDays: day }),
  fc.record({ kind: fc.constant('employment' as const), fromDays: day, toDays: fc.option(day) }),
  fc.record({
    kind: fc.constant('approval' as const),
    standing: fc.constantFrom(...standings, ...waiting, 'not-approved'),
  }),
  fc.constant({ kind: 'block' } as const),
);

interface Told {
  readonly facts: ConditionFacts;
  /** What each condition should be, in plain words of the rules; each asked for a day. */
  readonly holds: readonly ((today: PlainDate, now: Date) => boolean)[];
}

/** What is known after the events, and beside it, told anew, when each condition holds. */
function tell(events: readonly (Event & { readonly after: number })[]): Told {
  let facts: ConditionFacts = {
    ...good,
    cardType: 'cleaning',
    ...business({ form: 'NUF', vatRegistered: true }),
  };
  const holds: Record<string, Told['holds'][number]> = {
    expiry: (_, now) => now < good.expiresAt,
  };
  for (const one of events) {
    const when = at(one.after);
    const today = osloToday(when);
    switch (one.kind) {
      case 'silence':
        break;
      case 'business':
        facts = {
          ...facts,
          business: {
            ...facts.business,
            bankrupt: one.bankrupt,
            missing: one.missing,
            vatRegistered: one.vat,
          },
        };
        holds['bankrupt'] = () => !one.bankrupt;
        holds['missing'] = () => !one.missing;
        holds['vat'] = () => one.vat;
        break;
      case 'dissolved': {
        const on = one.inDays === null ? null : addDays(today, one.inDays);
        facts = { ...facts, business: { ...facts.business, dissolvedOn: on } };
        holds['dissolved'] = (asked) => on === null || asked < on;
        break;
      }
      case 'person': {
        const since = one.active ? null : (facts.person?.inactiveSince ?? when);
        const due = one.permitDue ? (facts.person?.permitDueSince ?? when) : null;
        facts = { ...facts, ...person({ ...one, inactiveSince: since, permitDueSince: due }) };
        holds['deceased'] = () => !one.deceased;
        holds['registered'] = () => one.registered;
        holds['number'] = (asked) => since === null || asked <= addDays(osloToday(since), 30);
        break;
      }
      case 'permit':
        facts = { ...facts, permitLastDay: addDays(today, one.lastDays) };
        break;
      case 'employment': {
        const from = addDays(today, one.fromDays);
        const to = one.toDays === null ? null : addDays(from, Math.abs(one.toDays));
        facts = { ...facts, ...ties({ from, to }) };
        holds['employment'] = (asked) => from <= asked && (to === null || asked <= to);
        break;
      }
      case 'approval': {
        const { standing } = one;
        const before = facts.approvals['cleaning'];
        const since = before?.standing === standing ? before.since : when;
        facts = { ...facts, approvals: { cleaning: { standing, since } } };
        holds['approval'] = (asked) =>
          standing !== 'not-approved' &&
          (!waiting.includes(standing) || asked <= addDays(osloToday(since), 30));
        break;
      }
      case 'block':
        facts = { ...facts, blockedReason: 'stolen' };
        holds['block'] = () => false;
    }
  }
  const due = facts.person?.permitDueSince ?? null;
  const lastDay = facts.permitLastDay;
  holds['permit'] = (asked) =>
    due === null || asked <= (lastDay ?? addDays(osloToday(due), settings.permitGraceDays));
  return { facts, holds: Object.values(holds) };
}

describe('over drawn histories', () => {
  const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), event), { maxLength: 20 });

  test('a card is valid exactly while all of its conditions hold, and a silent register changes nothing', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 600 }), (drawn, later) => {
        let passed = 0;
        const events = drawn.map(([days, one]) => ({ ...one, after: (passed += days) }));
        const now = at(passed + later);
        const { facts, holds } = tell(events);
        const verdicts = judge(facts, settings, now);
        expect(isValid(verdicts)).toBe(holds.every((one) => one(osloToday(now), now)));
        expect(tell(events.filter(({ kind }) => kind !== 'silence')).facts).toEqual(facts);
      }),
      { numRuns: 3000 },
    );
  });

  test('what is foreseen comes true at its instant, when no register says otherwise', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        let passed = 0;
        const { facts } = tell(drawn.map(([days, one]) => ({ ...one, after: (passed += days) })));
        for (const verdict of judge(facts, settings, at(passed))) {
          if (verdict.state !== 'foreseen') continue;
          const stateAt = (instant: number) =>
            judge(facts, settings, new Date(instant)).find(
              ({ requirement }) => requirement === verdict.requirement,
            )?.state;
          expect(stateAt(verdict.at.getTime())).toBe('fails');
          expect(stateAt(verdict.at.getTime() - 1)).toBe('foreseen');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
