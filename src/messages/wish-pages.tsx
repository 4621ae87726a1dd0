import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { loginPath } from '../identity/index.ts';
import { Actions, Lead, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { formList, parseForm, readForm } from '../web/form-parsing.ts';
import { CheckboxGroup, PostForm, RadioGroup, Select, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { CHANNELS, DIGEST_HOURS, WISHES } from './wish-rules.ts';
import { changeWishes, viewWishes, type WishDeps } from './wishes.ts';

const PROFILE = '/profile';
const NOTICES = `${PROFILE}/notices`;

interface WishPageDeps extends WishDeps {
  /** Whether text messages are sent here: otherwise there is no way to choose. */
  readonly texts: boolean;
}

/** User profile → Notices: what a person is told at their own address, and how. */
export function createWishPages(deps: WishPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(NOTICES, (c) => wishPage(c, deps));
  app.post(NOTICES, (c) => change(c, deps));
  return app;
}

async function wishPage(c: Context<AppEnv>, deps: WishPageDeps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(NOTICES), 303);
  const { switchedOff, channel, digestHour } = await viewWishes(deps, session.tokenHash);
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('messages:wishes.title'),
      narrow: true,
      breadcrumbs: [{ label: t('identity:profile.title'), href: PROFILE }],
    },
    <>
      <Lead>{t('messages:wishes.lead')}</Lead>
      <p>{t('messages:wishes.always')}</p>
      <PostForm>
        <CheckboxGroup
          name="told"
          label={t('messages:wishes.told')}
          optional
          values={WISHES.filter((wish) => !switchedOff.includes(wish))}
          choices={WISHES.map((wish) => ({ value: wish, label: t(`messages:wishes.of.${wish}`) }))}
        />
        <Select
          name="digest"
          label={t('messages:wishes.digest')}
          description={t('messages:wishes.digestHint')}
          optional
          value={digestHour === undefined ? '' : String(digestHour)}
          choices={[
            { value: '', label: t('messages:wishes.eachAtOnce') },
            ...DIGEST_HOURS.map((hour) => ({
              value: String(hour),
              label: t('messages:wishes.dailyAt', { hour: String(hour).padStart(2, '0') }),
            })),
          ]}
        />
        {deps.texts ? (
          <RadioGroup
            name="channel"
            label={t('messages:wishes.channel')}
            description={t('messages:wishes.channelHint')}
            value={channel}
            choices={CHANNELS.map((one) => ({ value: one, label: t(`messages:wishes.by.${one}`) }))}
          />
        ) : null}
        <Actions>
          <SubmitButton>{t('messages:wishes.save')}</SubmitButton>
          <LinkButton href={PROFILE} variant="tertiary">
            {t('messages:wishes.back')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const wishForm = z.object({
  told: formList(z.enum(WISHES)),
  channel: z.enum(CHANNELS).optional(),
  digest: z.coerce
    .number()
    .refine((hour) => DIGEST_HOURS.includes(hour))
    .optional(),
});

async function change(c: Context<AppEnv>, deps: WishPageDeps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(NOTICES), 303);
  const parsed = parseForm(wishForm, await readForm(c));
  if (!parsed.ok) return problemPage(c, 'badRequest');
  const { told, channel, digest } = parsed.value;
  await changeWishes(deps, session.tokenHash, {
    switchedOff: WISHES.filter((wish) => !told.includes(wish)),
    channel: channel ?? (await viewWishes(deps, session.tokenHash)).channel,
    digestHour: digest,
  });
  return redirectDone(c, NOTICES, 'messages:done.wishes');
}
