import { addDays, atHour, osloToday } from '../kernel/dates.ts';

/** What a person may do without being told of at their own address. */
export const WISHES = ['orders', 'cards', 'photos', 'invoices'] as const;
export type Wish = (typeof WISHES)[number];

/** How a person is told, where they have both an e-mail address and a number. */
export const CHANNELS = ['both', 'email', 'sms'] as const;
export type WishedChannel = (typeof CHANNELS)[number];

/** What a person wants to be told, and how. */
export interface Wishes {
  readonly switchedOff: readonly Wish[];
  readonly channel: WishedChannel;
  /** The hour in Oslo at which a day's notices are told of together; left out: each at once. */
  readonly digestHour?: number | undefined;
}

/** The hours at which a digest may come. */
export const DIGEST_HOURS = Array.from({ length: 17 }, (_, index) => index + 6);

/** What holds for whoever has said nothing. */
export const everything: Wishes = { switchedOff: [], channel: 'both' };

/** `security` is told whatever a person wants, in every way; `authority` is always told, in the way that they want. */
export type NoticeKind = Wish | 'security' | 'authority';

/** What is neither security nor the authority's. A template that nobody has thought of here is security. */
const KINDS: Readonly<Record<string, NoticeKind>> = {
  'messages:notice.arrived': 'authority',
  'messages:notice.unread': 'authority',
  'orders:notice.awaiting-approval': 'orders',
  'orders:notice.lapsed': 'orders',
  'orders:notice.approved': 'orders',
  'orders:notice.taken-back': 'orders',
  'cards:notice.condition-foreseen': 'cards',
  'cards:notice.condition-lifted': 'cards',
  'cards:notice.condition-return': 'cards',
  'cards:notice.own-condition-foreseen': 'cards',
  'cards:notice.own-condition-lifted': 'cards',
  'cards:notice.returned': 'cards',
  'cards:notice.came-back': 'cards',
  'cards:notice.damaged': 'cards',
  'cards:notice.new-name': 'cards',
  'media-review:notice.rejected': 'photos',
  'media-review:notice.refused': 'photos',
  'worker-uploads:notice.delivered': 'photos',
  'invoices:notice.invoice': 'invoices',
  'invoices:notice.credit-note': 'invoices',
  'invoices:notice.reminder': 'invoices',
};

/** What a notice is about. */
export const kindOf = (template: string): NoticeKind => KINDS[template] ?? 'security';

/** What has a time of its own: it waits for no digest. */
const PRESSING: readonly string[] = [
  'cards:notice.condition-foreseen',
  'cards:notice.own-condition-foreseen',
  'invoices:notice.reminder',
  'orders:notice.awaiting-approval',
];

/** When a notice is told of in a digest; undefined when it is told at once. */
export function digestAt(template: string, { switchedOff, digestHour }: Wishes, now: Date): Date | undefined {
  const kind = kindOf(template);
  if (digestHour === undefined || kind === 'security' || kind === 'authority') return undefined;
  if (PRESSING.includes(template) || switchedOff.includes(kind)) return undefined;
  const today = osloToday(now);
  return [today, addDays(today, 1)].map((day) => atHour(day, digestHour)).find((at) => at > now);
}

/**
 * Which of a person's own addresses a notice goes to.
 * @param textable whether there is a text message of it
 */
export function wishedAddresses(
  kind: NoticeKind,
  { switchedOff, channel }: Wishes,
  own: { readonly email: string | undefined; readonly mobile: string | undefined },
  textable: boolean,
): (string | undefined)[] {
  if (switchedOff.some((one) => one === kind)) return [];
  const mobile = textable ? own.mobile : undefined;
  if (kind !== 'security' && own.email !== undefined && mobile !== undefined) {
    if (channel === 'email') return [own.email];
    if (channel === 'sms') return [mobile];
  }
  return [own.email, mobile];
}
