import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { StepUpFirst, stepUpFresh } from '../access/index.ts';
import { loginPath } from '../identity/index.ts';
import { Actions, DateText, Lead, LinkButton, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import type { OwnAddressOf } from './own-address-records.ts';
import {
  askForOwnAddress,
  forgetOwnAddress,
  type OwnAddressDeps,
  proveOwnAddress,
  viewOwnAddresses,
} from './own-addresses.ts';
import { channelOf, mobileAddress } from './rules.ts';

const PROFILE = '/profile';
const ADDRESS = `${PROFILE}/address`;

interface Deps extends OwnAddressDeps {
  /** Whether text messages are sent here: otherwise only an e-mail address can be given. */
  readonly texts: boolean;
}

/** User profile → Your own address: for notices where the contact register has none. */
export function createOwnAddressPages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(ADDRESS, (c) => addressPage(c, deps));
  app.post(ADDRESS, (c) => ask(c, deps));
  app.post(`${ADDRESS}/code`, (c) => prove(c, deps));
  app.post(`${ADDRESS}/forget`, (c) => forget(c, deps));
  return app;
}

async function addressPage(c: Context<AppEnv>, deps: Deps, state?: FormState, of?: 'address' | 'code') {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(ADDRESS), 303);
  const { facts, given } = await viewOwnAddresses(deps, session.tokenHash);
  const shown = given.filter(({ channel }) => channel !== 'cards');
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('messages:ownAddress.title'),
      narrow: true,
      status: state === undefined ? 200 : 422,
      breadcrumbs: [{ label: t('identity:profile.title'), href: PROFILE }],
    },
    <Stack>
      <Lead>{t('messages:ownAddress.lead')}</Lead>
      {shown.map((one) => (
        <Given c={c} one={one} state={of === 'code' ? state : undefined} />
      ))}
      {of === 'code' ? null : (
        <Section title={t('messages:ownAddress.new')}>
          {stepUpFresh(facts, facts.now) ? (
            <PostForm action={ADDRESS} {...(of === 'address' && state !== undefined ? { state } : {})}>
              <TextField
                name="address"
                label={t(`messages:ownAddress.${deps.texts ? 'either' : 'email'}`)}
                description={t('messages:ownAddress.hint')}
                maxlength={254}
                spellcheck={false}
              />
              <Actions>
                <SubmitButton>{t('messages:ownAddress.send')}</SubmitButton>
                <LinkButton href={PROFILE} variant="tertiary">
                  {t('messages:wishes.back')}
                </LinkButton>
              </Actions>
            </PostForm>
          ) : (
            <StepUpFirst c={c} facts={facts} />
          )}
        </Section>
      )}
    </Stack>,
  );
}

type GivenProps = {
  readonly c: Context<AppEnv>;
  readonly one: OwnAddressOf;
  readonly state: FormState | undefined;
};

/** An address that is proved, and one that waits for its code. */
function Given({ c, one: { channel, address, confirmedAt, asked }, state }: GivenProps) {
  const t = c.get('t');
  const mine = state?.values['channel']?.[0] === channel;
  return (
    <Section title={t(`messages:ownAddress.channel.${channel}`)}>
      <Stack>
        {address === null || confirmedAt === null ? null : (
          <p>
            <span class="written">{address}</span>, {t('messages:ownAddress.since')}{' '}
            <DateText date={confirmedAt} />
          </p>
        )}
        {asked === null ? null : (
          <PostForm action={`${ADDRESS}/code`} {...(mine ? { state } : {})}>
            <HiddenField name="channel" value={channel} />
            <TextField
              name="code"
              label={t('messages:ownAddress.code', { address: asked })}
              autocomplete="one-time-code"
              maxlength={12}
              size={8}
              spellcheck={false}
            />
            <Actions>
              <SubmitButton>{t('messages:ownAddress.prove')}</SubmitButton>
            </Actions>
          </PostForm>
        )}
        <PostForm action={`${ADDRESS}/forget`} class="form inline">
          <HiddenField name="channel" value={channel} />
          <SubmitButton variant="secondary">{t('messages:ownAddress.forget')}</SubmitButton>
        </PostForm>
      </Stack>
    </Section>
  );
}

const addressForm = z.object({ address: z.string({ error: 'messages:ownAddress.error.missing' }) });

async function ask(c: Context<AppEnv>, deps: Deps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(ADDRESS), 303);
  const form = await readForm(c);
  const parsed = parseForm(addressForm, form);
  if (!parsed.ok) return addressPage(c, deps, parsed.error, 'address');
  const typed = parsed.value.address.trim();
  const address = mobileAddress(typed) ?? typed;
  const channel = channelOf(address);
  if (channel === undefined || (channel === 'sms' && !deps.texts))
    return addressPage(
      c,
      deps,
      formWithErrors(form, { address: 'messages:ownAddress.error.address' }),
      'address',
    );
  const asked = await askForOwnAddress(deps, session.tokenHash, { channel, address });
  if (asked === 'asked') return redirectDone(c, ADDRESS, 'messages:done.ownAsked');
  return addressPage(
    c,
    deps,
    formWithErrors(form, { address: `messages:ownAddress.error.${asked}` }),
    'address',
  );
}

const channel = z.enum(['email', 'sms']);
const codeForm = z.object({
  channel,
  code: z
    .string({ error: 'messages:ownAddress.error.wrong' })
    .transform((typed) => typed.replace(/\s/gu, '')),
});

async function prove(c: Context<AppEnv>, deps: Deps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(ADDRESS), 303);
  const form = await readForm(c);
  const parsed = parseForm(codeForm, form);
  if (!parsed.ok) return addressPage(c, deps, parsed.error, 'code');
  const proved = await proveOwnAddress(deps, session.tokenHash, parsed.value.channel, parsed.value.code);
  if (proved === 'proved') return redirectDone(c, ADDRESS, 'messages:done.ownProved');
  return addressPage(c, deps, formWithErrors(form, { code: `messages:ownAddress.error.${proved}` }), 'code');
}

async function forget(c: Context<AppEnv>, deps: Deps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(ADDRESS), 303);
  const parsed = parseForm(z.object({ channel }), await readForm(c));
  if (!parsed.ok) return problemPage(c, 'badRequest');
  await forgetOwnAddress(deps, session.tokenHash, parsed.value.channel);
  return redirectDone(c, ADDRESS, 'messages:done.ownForgotten');
}
