import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { cardLinkPath, isUnconfirmed, Unconfirmed } from '../cards/index.ts';
import type { Database } from '../database/database.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { orderLinkPath } from '../orders/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, type Result } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Lead,
  LinkButton,
  Section,
  Stack,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage, wantsJson } from '../web/errors.tsx';
import { emptyForm, parseForm, readForm, type FormState } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { kept } from '../web/kept.tsx';
import { drawPage, renderPage } from '../web/page.tsx';
import { rateLimited } from '../web/rate-limit.ts';
import { clientAddress, wholeAnswer } from '../web/security.ts';
import { checkOrder, createCardLookUp } from './records.ts';
import { createScanPages, scanPath } from './scan-page.tsx';
import { parseBirthDate, parseCardNumber, parseCardToken, type CheckedCard, type CheckKey } from './rules.ts';
import { stateColors } from './state-colors.ts';

/** What the public look-up needs: the check role's pool, and nothing of a session or a context. */
export interface CheckPagesDependencies {
  readonly database: Pick<Database, 'check'>;
  /** How many checks one address may make in a minute, in this process. */
  readonly checksPerMinute: number;
  /** When the registers have been silent for so many hours, it is said beside the state. */
  readonly unconfirmedHours: number;
  /** How many proxies in front of us add to X-Forwarded-For. */
  readonly trustedProxyHops: number;
}

/** Where a card is looked up by what is printed on it. */
const checkPath = '/check';

/** Whether a path is that of a card's look-up, whose answer is a whole one. */
export function answersCheck(path: string): boolean {
  return path === checkPath || path.startsWith(cardLinkPath(''));
}

const printedKey = z.object({
  number: z
    .string({ error: 'checks:number.missing' })
    .transform((text, context) => parseCardNumber(text) ?? wrong(context, 'checks:number.wrong')),
  birthDate: z
    .string({ error: 'checks:birthDate.missing' })
    .transform((text, context) => parseBirthDate(text) ?? wrong(context, 'checks:birthDate.wrong')),
});

function wrong(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

/** The public look-up of a card, `/check` and `/c/:token`, and of an order, `/o/:token`. It needs no session and no request pool. */
export function createCheckPages(deps: CheckPagesDependencies): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const limited = rateLimited({ limit: deps.checksPerMinute, windowSeconds: 60 }, (c) =>
    clientAddress(c, deps.trustedProxyHops),
  );
  const lookUp = createCardLookUp(deps.database);
  app.route('/', createScanPages());
  app.get(checkPath, (c) => formPage(c, emptyForm));
  app.post(checkPath, limited, async (c) => {
    const key = await readKey(c);
    if (key.ok) return answer(c, deps, await lookUp(key.value));
    if (wantsJson(c)) return problemPage(c, 'invalid', { detail: c.get('t')('checks:json.invalid') });
    return formPage(c, key.error);
  });
  app.get(orderLinkPath(':token'), limited, (c) => answerOrder(c, deps));
  app.get(cardLinkPath(':token'), limited, async (c) => {
    const token = parseCardToken(c.req.param('token') ?? '');
    // A link that nobody made is answered as any other that leads to no card.
    return answer(c, deps, await lookUp({ token: token ?? '' }));
  });
  return app;
}

/** The number and birth date from the form, or from a program's JSON: in the body either way, never in the address. */
async function readKey(c: Context<AppEnv>): Promise<Result<CheckKey, FormState>> {
  const json = /^application\/json\b/iu.test(c.req.header('content-type') ?? '');
  if (!json) return parseForm(printedKey, await readForm(c));
  const parsed = printedKey.safeParse(await c.req.json<unknown>().catch(() => undefined));
  return parsed.success ? { ok: true, value: parsed.data } : err(emptyForm);
}

function answer(c: Context<AppEnv>, deps: CheckPagesDependencies, card: CheckedCard | undefined): Response {
  const [type, body] = wantsJson(c)
    ? ['application/json', JSON.stringify(jsonOf(card))]
    : ['text/html; charset=UTF-8', card === undefined ? unknownPage(c) : cardPage(c, deps, card)];
  return wholeAnswer(c, body, { 'Content-Type': type, 'X-Robots-Tag': 'noindex' });
}

const orderColors = { ordered: 'success', issued: 'info', cancelled: 'danger' } as const;

/** What the link on a confirmation answers; a link that leads nowhere is answered as an unknown card is. */
async function answerOrder(c: Context<AppEnv>, { database }: CheckPagesDependencies): Promise<Response> {
  const order = await checkOrder(database, parseCardToken(c.req.param('token') ?? '') ?? '');
  c.header('X-Robots-Tag', 'noindex');
  if (order === undefined) return wantsJson(c) ? c.json({ state: 'unknown' }) : c.html(unknownPage(c));
  if (wantsJson(c)) {
    return c.json({
      state: order.state,
      employer: { name: order.employerName, organisationNumber: order.organisationNumber },
      cardType: order.cardType,
      orderedAt: order.orderedAt.toISOString(),
      asOf: order.asOf.toISOString(),
    });
  }
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('checks:order.title'), narrow: true },
    <Stack>
      <Alert color={orderColors[order.state]} title={t(`checks:order.${order.state}.title`)} live>
        <p>{t(`checks:order.${order.state}.text`)}</p>
      </Alert>
      <DescriptionList
        items={[
          { term: t('checks:order.at'), value: <DateText date={order.orderedAt} time /> },
          { term: t('checks:result.employer'), value: order.employerName },
          {
            term: t('checks:result.organisationNumber'),
            value: formatOrganisationNumber(order.organisationNumber),
          },
          { term: t('checks:result.cardType'), value: t(`cards:type.${order.cardType}`) },
          { term: t('checks:result.asOf'), value: <DateText date={order.asOf} time /> },
        ]}
      />
      <Another />
      <Advice />
    </Stack>,
  );
}

/** The answer for programs: ISO dates, the last day that the card is valid, and codes instead of words. */
function jsonOf(card: CheckedCard | undefined) {
  if (card === undefined) return { state: 'unknown' };
  return {
    state: card.state,
    employer: { name: card.employerName, organisationNumber: card.organisationNumber },
    cardType: card.cardType,
    validThrough: endToLastDay(card.expiresAt),
    asOf: card.asOf.toISOString(),
    confirmedAt: confirmedAt(card)?.toISOString() ?? null,
  };
}

function formPage(c: Context<AppEnv>, state: FormState) {
  const t = c.get('t');
  const failed = Object.keys(state.errors).length > 0;
  return renderPage(
    c,
    { title: t('checks:title'), narrow: true, status: failed ? 422 : 200 },
    <>
      <Lead>{t('checks:lead')}</Lead>
      <PostForm action={checkPath} state={state}>
        <TextField
          name="number"
          label={t('checks:number.label')}
          description={t('checks:number.help')}
          inputmode="numeric"
          maxlength={20}
          size={12}
          spellcheck={false}
        />
        <TextField
          name="birthDate"
          label={t('checks:birthDate.label')}
          description={t('checks:birthDate.help')}
          maxlength={30}
          size={16}
          spellcheck={false}
        />
        <Actions>
          <SubmitButton>{t('checks:submit')}</SubmitButton>
          <LinkButton href={scanPath} variant="secondary">
            {t('checks:scan.open')}
          </LinkButton>
        </Actions>
      </PostForm>
      <Advice />
    </>,
  );
}

/** Of what rests on the registers alone: lost is lost, and a day that has passed is over, whatever they say. */
function confirmedAt({ state, confirmedAt: at }: CheckedCard): Date | null {
  return state === 'valid' || state === 'suspended' ? at : null;
}

function cardPage(c: Context<AppEnv>, deps: CheckPagesDependencies, card: CheckedCard) {
  const t = c.get('t');
  const confirmed = confirmedAt(card);
  const unconfirmed = isUnconfirmed(confirmed, deps, card.asOf);
  return drawPage(
    c,
    { title: t('checks:result.title'), narrow: true },
    <Stack>
      <Alert color={stateColors[card.state]} title={t(`checks:state.${card.state}.title`)} live>
        <p>{t(`checks:state.${card.state}.text`)}</p>
      </Alert>
      <Unconfirmed conditions={{ confirmedAt: confirmed, unconfirmed }} />
      <DescriptionList
        items={[
          { term: t('checks:result.employer'), value: card.employerName },
          {
            term: t('checks:result.organisationNumber'),
            value: formatOrganisationNumber(card.organisationNumber),
          },
          { term: t('checks:result.cardType'), value: t(`cards:type.${card.cardType}`) },
          { term: t('checks:result.validThrough'), value: <DateText date={endToLastDay(card.expiresAt)} /> },
          { term: t('checks:result.asOf'), value: <DateText date={card.asOf} time /> },
          ...(confirmed === null || unconfirmed
            ? []
            : [{ term: t('checks:result.confirmed'), value: <DateText date={confirmed} time /> }]),
        ]}
      />
      {card.state === 'valid' ? <FaceWarning /> : null}
      <Another />
      <Advice />
    </Stack>,
  );
}

/** The same to the byte for a card that does not exist, for a wrong pair and for one that is withheld: it holds nothing of what was asked. */
function unknownPage(c: Context<AppEnv>) {
  const t = c.get('t');
  return drawPage(
    c,
    { title: t('checks:result.title'), narrow: true },
    <Stack>
      <Alert color="danger" title={t('checks:state.unknown.title')} live>
        <p>{t('checks:state.unknown.text')}</p>
      </Alert>
      <Another />
      <Advice />
    </Stack>,
  );
}

const FaceWarning = kept(({ t }) => (
  <Alert color="warning" title={t('checks:face.title')}>
    <p>{t('checks:face.text')}</p>
  </Alert>
));

const Another = kept(({ t }) => (
  <Actions>
    <LinkButton href={checkPath} variant="secondary">
      {t('checks:another')}
    </LinkButton>
  </Actions>
));

const Advice = kept(({ t, web }) => {
  const address = web.publicOrigin.replace(/^https?:\/\//u, '');
  return (
    <Section title={t('checks:advice.title')}>
      <ul class="ds-list">
        <li>{t('checks:advice.address', { address: `${address}${checkPath}` })}</li>
        <li>{t('checks:advice.face')}</li>
        <li>{t('checks:advice.doubt')}</li>
      </ul>
    </Section>
  );
});
