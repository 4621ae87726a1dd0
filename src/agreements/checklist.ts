import { z } from 'zod';

/** What an agreement has to hold by article 28(3): what is said of the processing, and (a) to (h). The database knows them too. */
export const CHECK_ITEMS = [
  'subject',
  'duration',
  'nature',
  'purpose',
  'data',
  'subjects',
  'duties',
  'instructions',
  'confidentiality',
  'security',
  'sub-processors',
  'sub-processors-named',
  'rights',
  'assistance',
  'deletion',
  'audits',
] as const;
export type CheckItem = (typeof CHECK_ITEMS)[number];

/** Whether it stands in the agreement, and on which page or in which clause, or what is missing. */
export interface CheckAnswer {
  readonly answer?: 'yes' | 'no' | undefined;
  readonly where: string;
}
export type Checklist = Readonly<Record<CheckItem, CheckAnswer>>;

const answerShape = z
  .object({ answer: z.enum(['yes', 'no']).optional(), where: z.string().default('') })
  .default({ where: '' });

/** As it is kept: what nobody has answered yet may be left out. */
export function readChecklist(stored: unknown): Checklist {
  const given = z.record(z.string(), z.unknown()).parse(stored);
  return checklistOf((item) => answerShape.parse(given[item]));
}

export function checklistOf(answerTo: (item: CheckItem) => CheckAnswer): Checklist {
  const answers = CHECK_ITEMS.map((item) => [item, answerTo(item)] as const);
  return Object.fromEntries(answers) as Record<CheckItem, CheckAnswer>;
}

/** What keeps an agreement from being recorded: a no, no answer, or a yes without where it stands. */
export interface Gap {
  readonly item: CheckItem;
  readonly gap: 'no' | 'unanswered' | 'where';
}

export function gapsOf(checklist: Checklist): Gap[] {
  return CHECK_ITEMS.flatMap((item): Gap[] => {
    const { answer, where } = checklist[item];
    if (answer === undefined) return [{ item, gap: 'unanswered' }];
    if (answer === 'no') return [{ item, gap: 'no' }];
    return where === '' ? [{ item, gap: 'where' }] : [];
  });
}
