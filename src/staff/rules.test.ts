import { describe, expect, test } from 'vitest';
import { type ContextFacts, STAFF_ROLES } from '../database/transaction.ts';
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import {
  appealProblem,
  appointmentState,
  type AppointmentState,
  type AppointmentTimes,
  barDayProblem,
  confirmProblem,
  type ConfirmProblem,
  decideStaff,
  lastDayProblem,
  latestAppointmentDay,
  RIGHTS_OF_ROLE,
  STAFF_RIGHTS,
  type StaffRefusal,
} from './rules.ts';

const now = new Date('2026-11-24T12:00:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);

type Staff = NonNullable<ContextFacts['staff']>;

function factsOf(staff: Partial<Staff> | null, changes: Partial<ContextFacts> = {}): ContextFacts {
  const appointment = {
    appointmentId: 'a',
    role: 'operator',
    place: null,
    startsAt: at(-10),
    endsAt: at(10),
    endedAt: null,
  } as const;
  return {
    now,
    capacity: staff === null ? 'signed-in' : 'staff',
    session: { id: 's', personId: 'p', name: 'P', acr: 'high', authTime: now },
    roles: [],
    vendorsOfPerson: [],
    staff: staff === null ? null : { ...appointment, ...staff },
    ...changes,
  };
}

describe('a right of staff', () => {
  test.each(STAFF_ROLES.flatMap((role) => STAFF_RIGHTS.map((right) => [role, right] as const)))(
    'of %s: %s follows the table',
    (role, right) => {
      const rights: readonly string[] = RIGHTS_OF_ROLE[role];
      expect(decideStaff(factsOf({ role }), right, now)).toEqual(
        rights.includes(right)
          ? { allowed: true, appointmentId: 'a', role }
          : { allowed: false, refusal: 'right-not-given' },
      );
    },
  );

  test.each<[string, ContextFacts, StaffRefusal | 'allowed']>([
    ['nobody is logged in', { ...factsOf(null), session: undefined }, 'not-signed-in'],
    ['there is no appointment', factsOf(null), 'no-appointment'],
    ['an officer of a business asks', factsOf(null, { roles: ['DAGL'] }), 'no-appointment'],
    ['it has been ended', factsOf({ endedAt: now }), 'appointment-ended'],
    ['it begins in a second', factsOf({ startsAt: at(1) }), 'appointment-not-started'],
    ['it begins now', factsOf({ startsAt: now }), 'allowed'],
    ['it ends in a second', factsOf({ endsAt: at(1) }), 'allowed'],
    ['it ends now', factsOf({ endsAt: now }), 'appointment-expired'],
    [
      'the login was at the lower level',
      factsOf({}, { session: { id: 's', personId: 'p', name: 'P', acr: 'substantial', authTime: now } }),
      'low-level',
    ],
  ])('when %s', (_when, facts, expected) => {
    const decision = decideStaff(facts, 'appointments.read', now);
    expect(decision.allowed ? 'allowed' : decision.refusal).toBe(expected);
  });

  test('that is refused has words in every language', () => {
    const refusals: Record<StaffRefusal, true> = {
      'not-signed-in': true,
      'no-appointment': true,
      'appointment-ended': true,
      'appointment-not-started': true,
      'appointment-expired': true,
      'low-level': true,
      'right-not-given': true,
    };
    for (const words of [nb, en]) {
      expect(Object.keys(words.refusal).sort()).toEqual(Object.keys(refusals).sort());
    }
  });
});

describe('an appointment', () => {
  test.each<[AppointmentState, Partial<AppointmentTimes>]>([
    ['proposed', {}],
    ['link-expired', { linkExpiresAt: now }],
    ['accepted', { acceptedAt: now }],
    ['accepted', { acceptedAt: now, linkExpiresAt: now }],
    ['in-force', { acceptedAt: now, approvedAt: now }],
    ['run-out', { acceptedAt: now, approvedAt: now, endsAt: now }],
    ['run-out', { endsAt: now }],
    ['ended', { endedAt: now, endsAt: now }],
    ['ended', { acceptedAt: now, approvedAt: now, endedAt: now }],
  ])('is %s with %o', (state, times) => {
    const appointment: AppointmentTimes = {
      endsAt: at(1),
      linkExpiresAt: at(1),
      acceptedAt: null,
      approvedAt: null,
      endedAt: null,
      ...times,
    };
    expect(appointmentState(appointment, now)).toBe(state);
  });

  test.each<[AppointmentState, string | null, string | null, ConfirmProblem | undefined, (string | null)?]>([
    ['proposed', 'other', null, 'not-accepted'],
    ['link-expired', 'other', null, 'not-accepted'],
    ['in-force', 'other', 'them', 'settled'],
    ['run-out', 'other', 'them', 'settled'],
    ['ended', 'other', 'them', 'settled'],
    ['accepted', 'me', 'them', 'own-proposal'],
    ['accepted', 'other', 'me', 'oneself'],
    ['accepted', 'me', 'me', 'oneself'],
    ['accepted', 'other', 'them', undefined],
    // An officer stands by who has a role for a place of the business.
    ['accepted', 'me', 'them', undefined, 'business'],
    ['accepted', 'me', 'me', 'oneself', 'business'],
    ['proposed', 'me', null, 'not-accepted', 'business'],
  ])(
    'that is %s, proposed by %s, for %s, is confirmed by me: %s (of %s)',
    (state, proposedBy, acceptedBy, problem, businessId = null) => {
      expect(confirmProblem({ state, proposedBy, acceptedBy, businessId }, 'me')).toBe(problem);
    },
  );

  test.each([
    ['2026-11-23', 'past'],
    ['2026-11-24', undefined],
    ['2027-11-24', undefined],
    ['2027-11-25', 'too-late'],
  ])('until %s: %s', (text, problem) => {
    const day = parsePlainDate(text);
    expect(day && lastDayProblem(day, now)).toBe(problem);
    expect(latestAppointmentDay(now)).toBe('2027-11-24');
  });
});

describe('a bar', () => {
  const noon = new Date('2026-11-28T12:00:00Z');
  test.each([
    ['2026-11-27', 'bar-day'],
    ['2026-11-28', 'bar-day'],
    ['2026-11-29', undefined],
    ['2027-02-26', undefined],
    ['2027-02-27', 'bar-day'],
  ])('begins on %s: %s', (day, problem) => {
    expect(barDayProblem(day as PlainDate, noon)).toBe(problem);
  });

  const appealed = { barredBy: 'a', appealText: 'Why?', outcome: null };
  test.each([
    ['nobody appealed', { ...appealed, appealText: null }, 'b', 'no-appeal'],
    ['there is no bar', undefined, 'b', 'no-appeal'],
    ['it is answered', { ...appealed, outcome: 'upheld' }, 'b', 'appeal-answered'],
    ['it is answered, also to who barred', { ...appealed, outcome: 'upheld' }, 'a', 'appeal-answered'],
    ['the same person barred', appealed, 'a', 'own-bar'],
    ['another person did', appealed, 'b', undefined],
  ] as const)('has its appeal answered when %s: %s', (_what, bar, person, problem) => {
    expect(appealProblem(bar, person)).toBe(problem);
  });
});
