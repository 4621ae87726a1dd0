import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { ownCardsPath, OwnReportForm, ownReportForm, stateColors, workerCardWords } from '../cards/index.ts';
import { isUuid } from '../kernel/ids.ts';
import {
  Actions,
  Alert,
  Card,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Stack,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { rateLimited } from '../web/rate-limit.ts';
import { clientAddress } from '../web/security.ts';
import { renderWorkerPage, type Spoken, spokenTo, type WorkerWords } from '../web/worker-languages.tsx';
import {
  askForLink,
  leavePhone,
  openLink,
  type PhoneDeps,
  reportByPhone,
  seePhoneCards,
  viewLink,
} from './actions.ts';
import { codeForm, NumberField, numberForm } from './own-pages.tsx';
import type { PhoneCard } from './records.ts';
import {
  LINK_MINUTES,
  type LinkState,
  phoneCardsPath,
  phoneLinkPath,
  phonePath,
  SESSION_MINUTES,
} from './rules.ts';
import phoneWords from './worker-words.json' with { type: 'json' };

interface Deps extends Pick<PhoneDeps, 'database' | 'vault'> {
  /** Whether text messages are sent here. */
  readonly texts: boolean;
  /** How many proxies in front of us add to X-Forwarded-For. */
  readonly trustedProxyHops: number;
}

type Page = Context<AppEnv>;
type Answer = Response | Promise<Response>;

/** How often one address may ask for links, and for anything here, in a minute, in this process. */
const LINKS_A_MINUTE = 5;
const ASKS_A_MINUTE = 60;

/** The session of a telephone: another cookie than that of a login, and read by these pages alone. */
const COOKIE = 'my-phone';
const cookieOptions = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'Strict',
  prefix: 'host',
} as const;

const SENT = `${phonePath}/sent`;
const END = `${phonePath}/end`;
const words: WorkerWords = {
  pl: { ...workerCardWords.pl, ...phoneWords.pl },
  lt: { ...workerCardWords.lt, ...phoneWords.lt },
  ro: { ...workerCardWords.ro, ...phoneWords.ro },
};

/** The pages for whoever has no login at hand: a number, a link with a code, then the state of one's cards, and reporting one gone. */
export function createPhonePages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const limit = (perMinute: number) =>
    rateLimited({ limit: perMinute, windowSeconds: 60 }, (c) => clientAddress(c, deps.trustedProxyHops));
  const limited = limit(ASKS_A_MINUTE);
  const show = (work: (c: Page, spoken: Spoken) => Answer) => (c: Page) => {
    const spoken = spokenTo(c, words);
    c.set('t', spoken.t);
    c.header('X-Robots-Tag', 'noindex');
    return work(c, spoken);
  };
  app.get(
    phonePath,
    show((c, spoken) => askPage(c, deps, spoken, emptyForm)),
  );
  app.post(
    phonePath,
    limit(LINKS_A_MINUTE),
    show((c, spoken) => receiveNumber(c, deps, spoken)),
  );
  app.get(SENT, show(sentPage));
  app.get(
    phoneLinkPath(':secret'),
    limited,
    show((c, spoken) => linkPage(c, deps, spoken, emptyForm)),
  );
  app.post(
    phoneLinkPath(':secret'),
    limited,
    show((c, spoken) => receiveCode(c, deps, spoken)),
  );
  app.get(
    phoneCardsPath,
    limited,
    show((c, spoken) => cardsPage(c, deps, spoken)),
  );
  app.get(
    `${phoneCardsPath}/:card`,
    limited,
    show((c, spoken) => reportPage(c, deps, spoken, emptyForm)),
  );
  app.post(
    `${phoneCardsPath}/:card`,
    limited,
    show((c, spoken) => receiveReport(c, deps, spoken)),
  );
  app.get(
    END,
    show((c, spoken) => askPage(c, deps, spoken, emptyForm)),
  );
  app.post(
    END,
    limited,
    show((c, spoken) => leave(c, deps, spoken)),
  );
  return app;
}

// Asking for a link ---------------------------------------------------------------------------------------------------

function askPage(c: Page, { texts }: Pick<Deps, 'texts'>, spoken: Spoken, state: FormState): Answer {
  const { t, query } = spoken;
  return renderWorkerPage(
    c,
    spoken,
    {
      path: phonePath,
      title: t('own-phone:page.title'),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('own-phone:page.lead')}</Lead>
      {texts ? (
        <PostForm action={phonePath + query} state={state}>
          <NumberField label={t('own-phone:page.number')} description={t('own-phone:page.hint')} />
          <Actions>
            <SubmitButton>{t('own-phone:page.send')}</SubmitButton>
          </Actions>
        </PostForm>
      ) : (
        <p>{t('own-phone:page.none')}</p>
      )}
      <p>
        {t('own-phone:page.other')} <Link href={ownCardsPath + query}>{t('own-phone:page.login')}</Link>
      </p>
    </>,
  );
}

async function receiveNumber(c: Page, deps: Deps, spoken: Spoken): Promise<Response> {
  const parsed = parseForm(numberForm, await readForm(c));
  if (!parsed.ok || !deps.texts) return askPage(c, deps, spoken, parsed.ok ? emptyForm : parsed.error);
  const { language, query } = spoken;
  await askForLink(deps, parsed.value.number, { language, query });
  return c.redirect(SENT + query, 303);
}

/** The same for every number: it holds nothing of what was typed. */
function sentPage(c: Page, spoken: Spoken): Answer {
  const { t, query } = spoken;
  return renderWorkerPage(
    c,
    spoken,
    { path: SENT, title: t('own-phone:page.sent'), narrow: true },
    <>
      <Lead>{t('own-phone:page.sentLead', { minutes: LINK_MINUTES })}</Lead>
      <p>{t('own-phone:page.sentNone')}</p>
      <Actions>
        <LinkButton href={phonePath + query} variant="secondary">
          {t('own-phone:page.again')}
        </LinkButton>
      </Actions>
    </>,
  );
}

// The link ------------------------------------------------------------------------------------------------------------

async function linkPage(c: Page, deps: Deps, spoken: Spoken, state: FormState): Promise<Response> {
  const { t, query } = spoken;
  const secret = c.req.param('secret') ?? '';
  const stands = await viewLink(deps, secret);
  if (stands !== 'open') return closedPage(c, spoken, stands);
  return renderWorkerPage(
    c,
    spoken,
    {
      path: phoneLinkPath(secret),
      title: t('own-phone:page.code'),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('own-phone:page.codeLead', { minutes: SESSION_MINUTES })}</Lead>
      <PostForm action={phoneLinkPath(secret) + query} state={state}>
        <TextField
          name="code"
          label={t('own-phone:page.codeLabel')}
          autocomplete="one-time-code"
          inputmode="numeric"
          maxlength={12}
          size={8}
          spellcheck={false}
        />
        <Actions>
          <SubmitButton>{t('own-phone:page.open')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

/** Says why a link opens nothing, and how to get another. */
function closedPage(c: Page, spoken: Spoken, stands: Exclude<LinkState, 'open'>): Answer {
  const { t, query } = spoken;
  return renderWorkerPage(
    c,
    spoken,
    { path: phonePath, title: t('own-phone:page.closed'), narrow: true, status: 404 },
    <>
      <Alert color="warning">
        <p>{t(`own-phone:closed.${stands}`)}</p>
      </Alert>
      <Actions>
        <LinkButton href={phonePath + query}>{t('own-phone:page.again')}</LinkButton>
      </Actions>
    </>,
  );
}

async function receiveCode(c: Page, deps: Deps, spoken: Spoken): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(codeForm, form);
  if (!parsed.ok) return linkPage(c, deps, spoken, parsed.error);
  const opened = await openLink(deps, c.req.param('secret') ?? '', parsed.value.code);
  if (opened.ok) {
    setCookie(c, COOKIE, opened.value, { ...cookieOptions, maxAge: SESSION_MINUTES * 60 });
    return c.redirect(phoneCardsPath + spoken.query, 303);
  }
  if (opened.error !== 'wrong') return closedPage(c, spoken, opened.error);
  return linkPage(c, deps, spoken, formWithErrors(form, { code: 'own-phone:error.wrong' }));
}

// What it opens -------------------------------------------------------------------------------------------------------

const sessionOf = (c: Page): string => getCookie(c, COOKIE, 'host') ?? '';

/** Whoever has no session of a telephone, or none any more, asks for a link. */
function ended(c: Page, { query }: Spoken): Response {
  deleteCookie(c, COOKIE, cookieOptions);
  return redirectDone(c, phonePath + query, 'own-phone:done.ended');
}

async function cardsPage(c: Page, deps: Deps, spoken: Spoken): Promise<Response> {
  const { t, query } = spoken;
  const seen = await seePhoneCards(deps, sessionOf(c));
  if (seen === undefined) return ended(c, spoken);
  return renderWorkerPage(
    c,
    spoken,
    { path: phoneCardsPath, title: t('cards:own.title'), narrow: true },
    <Stack>
      <p>
        {t('own-phone:page.until')} <DateText date={seen.endsAt} time />
      </p>
      {seen.cards.length === 0 ? <EmptyState title={t('cards:own.none')} /> : null}
      {seen.cards.map((card) => (
        <Card title={card.employerName}>
          <DescriptionList
            items={[
              {
                term: t('own-phone:page.state'),
                value: <Tag color={stateColors[card.state]}>{t(`cards:state.${card.state}`)}</Tag>,
              },
              { term: t('cards:field.type'), value: t(`cards:type.${card.cardType}`) },
            ]}
          />
          {card.state === 'blocked' ? null : (
            <Actions>
              <LinkButton
                href={`${phoneCardsPath}/${card.id}${query}`}
                color="danger"
                variant="secondary"
                label={`${t('cards:own.report')}: ${card.employerName}`}
              >
                {t('cards:own.report')}
              </LinkButton>
            </Actions>
          )}
        </Card>
      ))}
      <PostForm action={END + query} class="form inline">
        <SubmitButton variant="secondary">{t('own-phone:page.end')}</SubmitButton>
      </PostForm>
    </Stack>,
  );
}

/** The card of the address, where the session opens it and it is not blocked. */
async function cardOf(c: Page, deps: Deps): Promise<PhoneCard | 'ended' | undefined> {
  const seen = await seePhoneCards(deps, sessionOf(c));
  if (seen === undefined) return 'ended';
  return seen.cards.find(({ id }) => id === c.req.param('card'));
}

async function reportPage(c: Page, deps: Deps, spoken: Spoken, state: FormState): Promise<Response> {
  const { t, query } = spoken;
  const card = await cardOf(c, deps);
  if (card === 'ended') return ended(c, spoken);
  if (card === undefined) return notFoundPage(c);
  if (card.state === 'blocked') return c.redirect(phoneCardsPath + query, 303);
  const path = `${phoneCardsPath}/${card.id}`;
  const { employerName: employer } = card;
  return renderWorkerPage(
    c,
    spoken,
    {
      path,
      title: t('cards:own.report'),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: [{ label: t('cards:own.title'), href: phoneCardsPath + query }],
    },
    <>
      <Lead>{t('own-phone:page.which', { employer, type: t(`cards:type.${card.cardType}`) })}</Lead>
      <OwnReportForm employer={employer} state={state} action={path + query} back={phoneCardsPath + query} />
    </>,
  );
}

async function receiveReport(c: Page, deps: Deps, spoken: Spoken): Promise<Response> {
  const parsed = parseForm(ownReportForm, await readForm(c));
  if (!parsed.ok) return reportPage(c, deps, spoken, parsed.error);
  const cardId = c.req.param('card');
  const done = isUuid(cardId) && (await reportByPhone(deps, sessionOf(c), cardId, parsed.value.reason));
  if (done) return redirectDone(c, phoneCardsPath + spoken.query, 'cards:done.ownBlocked');
  // Blocked before, another's, or too late: the page of the card says which.
  return reportPage(c, deps, spoken, emptyForm);
}

async function leave(c: Page, deps: Deps, spoken: Spoken): Promise<Response> {
  await leavePhone(deps, sessionOf(c));
  deleteCookie(c, COOKIE, cookieOptions);
  return redirectDone(c, phonePath + spoken.query, 'own-phone:done.left');
}
