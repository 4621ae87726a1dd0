import type { Context } from 'hono';
import { Actions, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';

/** Where case officers write to businesses and read their answers. */
export const staffMessagesPath = '/staff/messages';

const ENTRIES = [
  ['threads', ''],
  ['answers', '?show=answers'],
  ['post', '?show=post'],
  ['dispatches', '/dispatches'],
  ['templates', '/templates'],
] as const;

export type StaffEntry = (typeof ENTRIES)[number][0] | 'new';

/** The case officer's menu: on every page of messages. */
export function StaffMenu({ c, active }: { readonly c: Context<AppEnv>; readonly active: StaffEntry }) {
  const t = c.get('t');
  return (
    <nav aria-label={t('messages:staff.menu')}>
      <Actions>
        <LinkButton href={`${staffMessagesPath}/new`} variant={active === 'new' ? 'secondary' : 'primary'}>
          {t('messages:staff.entry.new')}
        </LinkButton>
        {ENTRIES.map(([entry, path]) => (
          <LinkButton
            href={`${staffMessagesPath}${path}`}
            variant={entry === active ? 'secondary' : 'tertiary'}
          >
            {t(`messages:staff.entry.${entry}`)}
          </LinkButton>
        ))}
      </Actions>
    </nav>
  );
}

/** The way to the page that one is on. */
export const staffCrumbs = (c: Context<AppEnv>, ...more: readonly { label: string; href: string }[]) => [
  { label: c.get('t')('staff:home.title'), href: '/staff' },
  { label: c.get('t')('messages:staff.title'), href: staffMessagesPath },
  ...more,
];

/** How far an unread thread has been taken, as its text's key says it: a letter for the post may have been posted. */
export const unreadStep = ({
  step,
  postedAt,
}: {
  readonly step: string;
  readonly postedAt: Date | null;
}): string => (postedAt === null ? step : 'posted');
