import { describe, expect, test } from 'vitest';
import { parsePlainDate } from '../kernel/dates.ts';
import { type HolderPast, partsOfDay, type PastMandate, type PastVersion } from './on-day.ts';
import type { Right } from './rules.ts';

const none = { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };
const day = (text: string) => parsePlainDate(text)!;
const at = (text: string) => new Date(text);

function version(changed: string, change: string, more: Partial<PastVersion> = {}): PastVersion {
  return {
    at: at(changed),
    change,
    rights: ['orders.place'],
    units: null,
    workers: null,
    startsAt: at('2026-03-01T00:00:00+01:00'),
    endsAt: at('2026-09-01T00:00:00+02:00'),
    limits: none,
    suspended: false,
    suspendedFor: null,
    confirmBy: null,
    ...more,
  };
}

const given = version('2026-02-20T10:00:00+01:00', 'given');

function mandate(versions: readonly PastVersion[] = [given], more: Partial<PastMandate> = {}): PastMandate {
  return {
    id: 'm1',
    holder: 'vendor',
    versions,
    assigned: [{ name: 'Hjelpsom Hånd', from: at('2026-02-21T00:00:00+01:00'), until: null }],
    agreement: { from: at('2026-02-20T10:00:00+01:00'), until: null },
    quotes: [{ from: at('2026-02-20T10:00:00+01:00'), until: at('2026-12-01T00:00:00+01:00') }],
    tieHolds: true,
    ...more,
  };
}

const past = (mandates: readonly PastMandate[], more: Partial<HolderPast> = {}): HolderPast => ({
  mandates,
  freezes: [],
  bars: [],
  ...more,
});

/** The parts in short: when each ends, and what held. */
function short(known: HolderPast, asked: string, now = '2027-01-01T00:00:00Z') {
  return partsOfDay(known, day(asked), at(now)).map(({ until, state }) => [
    until.toISOString(),
    state.kind === 'could' ? state.terms.rights.join() : state.why,
  ]);
}

const MAY_2 = '2026-05-02T22:00:00.000Z';

describe('what a vendor could do on a day', () => {
  test.each<[string, HolderPast, string]>([
    ['a mandate in force', past([mandate()]), 'orders.place'],
    ['no mandate', past([]), 'nothing-given'],
    ['one given later', past([mandate([version('2026-06-01T00:00:00Z', 'given')])]), 'nothing-given'],
    [
      'one that had not begun',
      past([mandate([version('2026-02-20T10:00:00Z', 'given', { startsAt: at('2026-05-10T00:00:00Z') })])]),
      'mandate-not-started',
    ],
    [
      'one that had run out',
      past([mandate([version('2026-02-20T10:00:00Z', 'given', { endsAt: at('2026-05-01T22:00:00Z') })])]),
      'mandate-expired',
    ],
    [
      'one that had ended',
      past([mandate([given, version('2026-04-01T00:00:00Z', 'ended')])]),
      'mandate-ended',
    ],
    [
      'a suspended one',
      past([mandate([given, version('2026-04-01T00:00:00Z', 'suspended', { suspended: true })])]),
      'mandate-suspended',
    ],
    [
      'one whose review was missed',
      past([
        mandate([
          given,
          version('2026-04-01T00:00:00Z', 'suspended', { suspended: true, suspendedFor: 'review' }),
        ]),
      ]),
      'review-missed',
    ],
    [
      'one that nobody confirmed',
      past([
        mandate([
          given,
          version('2026-04-01T00:00:00Z', 'to-confirm', { confirmBy: at('2026-04-15T00:00:00Z') }),
        ]),
      ]),
      'giver-lost-right',
    ],
    ['nobody set up', past([mandate([given], { assigned: [] })]), 'not-assigned'],
    [
      'everyone who was set up gone',
      past([
        mandate([given], {
          assigned: [{ name: 'A', from: at('2026-03-01T00:00:00Z'), until: at('2026-04-01T00:00:00Z') }],
        }),
      ]),
      'not-assigned',
    ],
    [
      'an agreement that had ended',
      past([
        mandate([given], {
          agreement: { from: at('2026-02-20T10:00:00Z'), until: at('2026-04-01T00:00:00Z') },
        }),
      ]),
      'no-agreement',
    ],
    [
      'a quote that had run out',
      past([
        mandate([given], {
          quotes: [{ from: at('2026-02-20T10:00:00Z'), until: at('2026-05-01T22:00:00Z') }],
        }),
      ]),
      'no-quote',
    ],
    [
      'a quote that had run out, whatever was accepted later',
      past([
        mandate([given], {
          quotes: [
            { from: at('2026-02-20T10:00:00Z'), until: at('2026-05-01T22:00:00Z') },
            { from: at('2026-11-01T00:00:00Z'), until: at('2026-12-01T00:00:00Z') },
          ],
        }),
      ]),
      'no-quote',
    ],
    ['a stop', past([mandate()], { freezes: [{ from: at('2026-04-01T00:00:00Z'), until: null }] }), 'frozen'],
    [
      'a bar',
      past([mandate()], { bars: [{ from: at('2026-04-01T00:00:00Z'), until: at('2026-07-01T00:00:00Z') }] }),
      'vendor-barred',
    ],
    [
      'a stop that had been lifted',
      past([mandate()], {
        freezes: [{ from: at('2026-04-01T00:00:00Z'), until: at('2026-04-02T00:00:00Z') }],
      }),
      'orders.place',
    ],
  ])('with %s', (_, known, state) => {
    expect(short(known, '2026-05-02')).toEqual([[MAY_2, state]]);
  });

  test('is in parts where it changed, each from the moment of the change', () => {
    const narrowed = version('2026-05-02T12:00:00Z', 'narrowed', { rights: ['orders.read'] as Right[] });
    const known = past([mandate([given, narrowed, version('2026-05-02T15:00:00Z', 'ended')])], {
      freezes: [{ from: at('2026-05-02T13:00:00Z'), until: at('2026-05-02T14:00:00Z') }],
    });
    expect(short(known, '2026-05-02')).toEqual([
      ['2026-05-02T12:00:00.000Z', 'orders.place'],
      ['2026-05-02T13:00:00.000Z', 'orders.read'],
      ['2026-05-02T14:00:00.000Z', 'frozen'],
      ['2026-05-02T15:00:00.000Z', 'orders.read'],
      [MAY_2, 'mandate-ended'],
    ]);
  });

  test('is in one part when what changed changed nothing that could be done', () => {
    const known = past([mandate()], {
      bars: [
        { from: at('2026-05-01T00:00:00Z'), until: at('2026-05-02T12:00:00Z') },
        { from: at('2026-05-02T11:00:00Z'), until: at('2026-05-04T12:00:00Z') },
      ],
    });
    expect(short(known, '2026-05-02')).toEqual([[MAY_2, 'vendor-barred']]);
  });

  test('follows from one mandate to the one that replaced it', () => {
    const first = mandate([given, version('2026-05-02T08:00:00Z', 'ended')]);
    const second = mandate([version('2026-05-02T08:00:00Z', 'given', { rights: ['cards.read'] })], {
      id: 'm2',
    });
    const parts = partsOfDay(past([first, second]), day('2026-05-02'), at('2027-01-01T00:00:00Z'));
    expect(parts.map(({ state }) => state.mandateId)).toEqual(['m1', 'm2']);
    expect(parts.map(({ state }) => state.kind)).toEqual(['could', 'could']);
  });

  test.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-06-01', 24],
  ])('on %s is over after %i hours', (asked, hours) => {
    const known = past([
      mandate([version('2026-02-20T10:00:00Z', 'given', { endsAt: at('2027-01-01T00:00:00Z') })]),
    ]);
    const [part, ...more] = partsOfDay(known, day(asked), at('2027-01-01T00:00:00Z'));
    expect(more).toEqual([]);
    expect((part!.until.getTime() - part!.from.getTime()) / 3_600_000).toBe(hours);
  });

  test('of today goes until now, and of a day ahead there is nothing', () => {
    const now = '2026-05-02T08:30:00.000Z';
    expect(short(past([mandate()]), '2026-05-02', now)).toEqual([[now, 'orders.place']]);
    expect(short(past([mandate()]), '2026-05-03', now)).toEqual([]);
  });

  test('has the people who could use it then', () => {
    const assigned = [
      { name: 'B', from: at('2026-03-01T00:00:00Z'), until: null },
      { name: 'A', from: at('2026-05-02T10:00:00Z'), until: null },
    ];
    const parts = partsOfDay(
      past([mandate([given], { assigned })]),
      day('2026-05-02'),
      at('2027-01-01T00:00:00Z'),
    );
    expect(parts.map(({ state }) => (state.kind === 'could' ? state.people : []))).toEqual([
      ['B'],
      ['A', 'B'],
    ]);
  });
});

describe('what a person could do on a day', () => {
  test.each([
    [true, 'orders.place'],
    [false, 'no-tie'],
  ])('with a tie that held: %s', (tieHolds, state) => {
    const known = mandate([given], {
      holder: 'person',
      assigned: [],
      agreement: null,
      quotes: [],
      tieHolds,
    });
    expect(short(past([known]), '2026-05-02')).toEqual([[MAY_2, state]]);
  });
});
