import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { stepUpPath } from '../access/index.ts';
import { asOneself, type Oneself, ownCardsPath } from '../cards/index.ts';
import {
  askForOwnAddress,
  CARDS_NUMBER,
  forgetOwnAddress,
  mobileAddress,
  type OwnAddressDeps,
  proveOwnAddress,
  viewOwnAddresses,
} from '../messages/index.ts';
import { Actions, Alert, DateText, Lead, Link, LinkButton, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { renderWorkerPage } from '../web/worker-languages.tsx';
import { phonePath } from './rules.ts';
import words from './worker-words.json' with { type: 'json' };

type Page = Context<AppEnv>;

interface Deps extends OwnAddressDeps {
  /** Whether text messages are sent here. */
  readonly texts: boolean;
  /** After how many days without use a number is forgotten. */
  readonly unusedDays: number;
}

/** How long a login lets one set a number. */
const FRESH_MS = 5 * 60_000;

/** My cards → Your mobile: where a worker who is logged in, and nobody else, sets the number that opens their cards. */
export function createOwnPhonePages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const mine = (work: (c: Page, self: Oneself) => Promise<Response>) => (c: Page) =>
    asOneself(c, words, (self) => work(c, self));
  const show = mine((c, self) => settingPage(c, deps, self, {}));
  app.get(CARDS_NUMBER, show);
  // Where forms are sent: whoever comes there otherwise, or changes the language, sees the page.
  app.get(`${CARDS_NUMBER}/code`, show);
  app.get(`${CARDS_NUMBER}/forget`, show);
  app.post(
    CARDS_NUMBER,
    mine((c, self) => ask(c, deps, self)),
  );
  app.post(
    `${CARDS_NUMBER}/code`,
    mine((c, self) => prove(c, deps, self)),
  );
  app.post(
    `${CARDS_NUMBER}/forget`,
    mine((c, self) => forget(c, deps, self)),
  );
  return app;
}

/** The forms as they were sent, where something was wrong with one. */
interface Sent {
  readonly number?: FormState;
  readonly code?: FormState;
}

type Given = Awaited<ReturnType<typeof viewOwnAddresses>>['given'][number];

async function settingPage(c: Page, deps: Deps, self: Oneself, sent: Sent): Promise<Response> {
  const { t, query } = self.spoken;
  const { facts, given } = await viewOwnAddresses(deps, self.session.tokenHash);
  const mine = given.find(({ channel }) => channel === 'cards');
  const fresh = facts.now.getTime() - self.session.authTime.getTime() < FRESH_MS;
  return renderWorkerPage(
    c,
    self.spoken,
    {
      path: CARDS_NUMBER,
      title: t('own-phone:own.title'),
      narrow: true,
      status: (sent.number ?? sent.code) ? 422 : 200,
      breadcrumbs: [{ label: t('own-phone:own.cards'), href: ownCardsPath + query }],
    },
    <Stack>
      <Lead>{t('own-phone:own.lead')}</Lead>
      <p>{t('own-phone:own.whose', { days: deps.unusedDays })}</p>
      <p>
        {t('own-phone:own.where')} <Link href={phonePath + query}>{t('own-phone:own.whereLink')}</Link>
      </p>
      {mine === undefined ? null : <OwnNumber self={self} mine={mine} code={sent.code} />}
      <Section title={t('own-phone:own.new')}>
        {!deps.texts ? (
          <p>{t('own-phone:page.none')}</p>
        ) : (
          <NewNumber self={self} fresh={fresh} sent={sent.number} />
        )}
      </Section>
    </Stack>,
  );
}

type OwnNumberProps = {
  readonly self: Oneself;
  readonly mine: Given;
  readonly code: FormState | undefined;
};

/** The number that opens the cards now, one that waits for its code, and the way to have both forgotten. */
function OwnNumber({ self, mine, code }: OwnNumberProps) {
  const { t, query } = self.spoken;
  return (
    <Section title={t('own-phone:own.number')}>
      {mine.address === null || mine.confirmedAt === null ? null : (
        <p>
          <span class="written">{mine.address}</span>, {t('own-phone:own.since')}{' '}
          <DateText date={mine.confirmedAt} />
        </p>
      )}
      {mine.asked === null ? null : (
        <PostForm action={`${CARDS_NUMBER}/code${query}`} state={code ?? emptyForm}>
          <TextField
            name="code"
            label={t('own-phone:own.code', { number: mine.asked })}
            autocomplete="one-time-code"
            inputmode="numeric"
            maxlength={12}
            size={8}
            spellcheck={false}
          />
          <Actions>
            <SubmitButton>{t('own-phone:own.prove')}</SubmitButton>
          </Actions>
        </PostForm>
      )}
      <PostForm action={`${CARDS_NUMBER}/forget${query}`} class="form inline">
        <SubmitButton variant="secondary">{t('own-phone:own.forget')}</SubmitButton>
      </PostForm>
    </Section>
  );
}

type NewNumberProps = {
  readonly self: Oneself;
  /** Whether the person has logged in lately enough to set one. */
  readonly fresh: boolean;
  readonly sent: FormState | undefined;
};

function NewNumber({ self, fresh, sent }: NewNumberProps) {
  const { t, query } = self.spoken;
  if (!fresh)
    return (
      <Alert>
        <p>{t('own-phone:own.anew')}</p>
        <Actions>
          <LinkButton href={stepUpPath(CARDS_NUMBER + query)}>{t('own-phone:own.login')}</LinkButton>
        </Actions>
      </Alert>
    );
  return (
    <PostForm action={CARDS_NUMBER + query} state={sent ?? emptyForm}>
      <NumberField label={t('own-phone:page.number')} description={t('own-phone:own.hint')} />
      <Actions>
        <SubmitButton>{t('own-phone:own.send')}</SubmitButton>
      </Actions>
    </PostForm>
  );
}

export function NumberField({
  label,
  description,
}: {
  readonly label: string;
  readonly description: string;
}) {
  return (
    <TextField
      name="number"
      label={label}
      description={description}
      autocomplete="tel"
      inputmode="tel"
      maxlength={30}
      size={16}
      spellcheck={false}
    />
  );
}

/** A mobile number as it is typed: Norwegian where it says nothing else. */
export const numberForm = z.object({
  number: z.string({ error: 'own-phone:error.number' }).transform((typed, context) => {
    const number = mobileAddress(typed);
    if (number !== undefined) return number;
    context.addIssue({ code: 'custom', message: 'own-phone:error.number' });
    return z.NEVER;
  }),
});

export const codeForm = z.object({
  code: z.string({ error: 'own-phone:error.wrong' }).transform((typed) => typed.replace(/\s/gu, '')),
});

async function ask(c: Page, deps: Deps, self: Oneself): Promise<Response> {
  if (!deps.texts) return settingPage(c, deps, self, {});
  const form = await readForm(c);
  const parsed = parseForm(numberForm, form);
  if (!parsed.ok) return settingPage(c, deps, self, { number: parsed.error });
  const address = parsed.value.number;
  const wanted = { channel: 'cards', address, language: self.spoken.language } as const;
  const asked = await askForOwnAddress(deps, self.session.tokenHash, wanted);
  if (asked === 'asked') return redirectDone(c, CARDS_NUMBER + self.spoken.query, 'own-phone:done.asked');
  return settingPage(c, deps, self, {
    number: formWithErrors(form, { number: `own-phone:error.${asked}` }),
  });
}

async function prove(c: Page, deps: Deps, self: Oneself): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(codeForm, form);
  if (!parsed.ok) return settingPage(c, deps, self, { code: parsed.error });
  const { session, spoken } = self;
  const { code } = parsed.value;
  const proved = await proveOwnAddress(deps, session.tokenHash, 'cards', code, spoken.language);
  if (proved === 'proved') return redirectDone(c, CARDS_NUMBER + spoken.query, 'own-phone:done.proved');
  // Where no code waits any more its field is gone, and the error stands by the number.
  const field = proved === 'wrong' || proved === 'expired' ? 'code' : 'number';
  return settingPage(c, deps, self, {
    [field]: formWithErrors(form, { [field]: `own-phone:error.${proved}` }),
  });
}

async function forget(c: Page, deps: Deps, self: Oneself): Promise<Response> {
  await forgetOwnAddress(deps, self.session.tokenHash, 'cards', self.spoken.language);
  return redirectDone(c, CARDS_NUMBER + self.spoken.query, 'own-phone:done.forgotten');
}
