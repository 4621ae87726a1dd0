/** What vendors are asked about how they keep data safe, by what it is about; each has words under `vendors:security.question.*`. */
export const SECURITY_GROUPS = {
  access: ['own-logins', 'two-factor', 'least-access', 'access-removed'],
  storage: ['encrypted', 'backups', 'own-equipment'],
  deletion: ['deletion-routine', 'deletion-copies', 'deletion-proof'],
  incidents: ['incident-plan', 'incident-day', 'incident-log'],
  staff: ['confidentiality', 'never-bankid', 'named-people', 'log-of-actions'],
  'sub-processors': ['sub-list', 'sub-agreements', 'sub-checked'],
  training: ['training-start', 'training-yearly'],
  places: ['places-eea', 'places-known', 'places-remote'],
} as const;
export type SecurityGroup = keyof typeof SECURITY_GROUPS;
export type SecurityQuestion = (typeof SECURITY_GROUPS)[SecurityGroup][number];

export const SECURITY_QUESTIONS: readonly SecurityQuestion[] = Object.values(SECURITY_GROUPS).flat();

/** What a vendor has answered; a yes has its evidence. */
export interface SecurityAnswer {
  readonly question: string;
  readonly answer: 'yes' | 'no' | 'none';
  readonly evidence: string;
  readonly answeredAt: Date;
}

/** An answer older than this is marked. */
const MONTHS = 12;

export function isOld(answeredAt: Date, now: Date): boolean {
  const limit = new Date(now);
  limit.setUTCMonth(limit.getUTCMonth() - MONTHS);
  return answeredAt < limit;
}

/** How a vendor has answered, by question; what it has not answered is not there. */
export function answersBy(answers: readonly SecurityAnswer[]): ReadonlyMap<string, SecurityAnswer> {
  return new Map(answers.filter(({ answer }) => answer !== 'none').map((one) => [one.question, one]));
}

export interface SecuritySummary {
  readonly yes: number;
  readonly no: number;
  readonly unanswered: number;
  /** Of those answered, how many are older than twelve months. */
  readonly old: number;
}

export function summaryOf(answers: readonly SecurityAnswer[], now: Date): SecuritySummary {
  const given = answersBy(answers);
  const answered = SECURITY_QUESTIONS.flatMap((question) => given.get(question) ?? []);
  return {
    yes: answered.filter(({ answer }) => answer === 'yes').length,
    no: answered.filter(({ answer }) => answer === 'no').length,
    unanswered: SECURITY_QUESTIONS.length - answered.length,
    old: answered.filter(({ answeredAt }) => isOld(answeredAt, now)).length,
  };
}
