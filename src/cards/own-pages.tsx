import { Hono, type Context } from 'hono';
import { loginPath } from '../identity/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { CARDS_NUMBER } from '../messages/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
  Card,
  DateText,
  DescriptionList,
  Details,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  PreviousNext,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv, SessionInfo } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, parseForm, readForm, type FormState } from '../web/form-parsing.ts';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { renderWorkerPage, type Spoken, spokenTo, type WorkerWords } from '../web/worker-languages.tsx';
import {
  reportOwnCard,
  seeOwnCard,
  seeOwnCards,
  seeOwnDisclosures,
  type OwnCardDeps,
} from './own-actions.ts';
import { ConditionList, Unconfirmed } from './condition-parts.tsx';
import type { CardConditions } from './condition-records.ts';
import type { OwnCard, OwnDisclosure, OwnWorker } from './own-records.ts';
import { OwnReportForm, ownReportForm } from './own-report.tsx';
import { idOf, Status } from './parts.tsx';
import { ownCardsPath, ownDisputesPath, ownWorkerDisputePath } from './rules.ts';
import words from './worker-words.json' with { type: 'json' };

const DISCLOSURES = `${ownCardsPath}/disclosures`;

/** The worker's own pages, logged in and for no business: `/my-cards`, who has seen one's data, and reporting a card gone. */
export function createOwnCardPages(deps: OwnCardDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(ownCardsPath, (c) => asOneself(c, words, (self) => cardsPage(c, deps, self)));
  app.get(DISCLOSURES, (c) => asOneself(c, words, (self) => disclosuresPage(c, deps, self)));
  const report = `${ownCardsPath}/:card/report`;
  app.get(report, (c) => asOneself(c, words, (self) => reportPage(c, deps, self, emptyForm)));
  app.post(report, (c) => asOneself(c, words, (self) => receiveReport(c, deps, self)));
  return app;
}

type Answer = Response | Promise<Response>;

/** Whoever is logged in, and the language that they read. */
export interface Oneself {
  readonly session: SessionInfo;
  readonly spoken: Spoken;
}

/** Runs a handler for whoever is logged in, in the worker's language; others log in first, and come to their cards. */
export function asOneself(c: Context<AppEnv>, texts: WorkerWords, work: (self: Oneself) => Answer): Answer {
  const session = c.get('session');
  const spoken = spokenTo(c, texts);
  if (session === null) return c.redirect(loginPath(ownCardsPath + spoken.query), 303);
  // What is around the page has no texts in the worker's language, and stays in the one around.
  c.set('t', spoken.t);
  return work({ session, spoken });
}

// The cards -----------------------------------------------------------------------------------------------------------

async function cardsPage(c: Context<AppEnv>, deps: OwnCardDeps, { session, spoken }: Oneself) {
  const t = c.get('t');
  const seen = await seeOwnCards(deps, session.tokenHash);
  const { cards, workers, conditions, disclosures, more, withheld, numberTakenAt } = seen;
  return renderWorkerPage(
    c,
    spoken,
    { path: ownCardsPath, title: t('cards:own.title') },
    <>
      {numberTakenAt === null ? null : (
        <Alert color="warning" title={t('cards:own.taken.title')}>
          <p>
            {t('cards:own.taken.text')} <DateText date={numberTakenAt} time />
          </p>
          <p class="alone">
            <Link href={CARDS_NUMBER + spoken.query}>{t('cards:own.taken.again')}</Link>
          </p>
        </Alert>
      )}
      {cards.length === 0 ? (
        <EmptyState title={t('cards:own.none')}>
          <p>{t('cards:own.noneText')}</p>
        </EmptyState>
      ) : (
        <Stack>
          <Lead>{t('cards:own.lead')}</Lead>
          {withheld ? (
            <Alert title={t('cards:own.withheld.title')}>
              <p>{t('cards:own.withheld.text')}</p>
            </Alert>
          ) : null}
          {cards.map((card) => (
            <OwnCardBox c={c} card={card} conditions={conditions.get(card.id)} query={spoken.query} />
          ))}
        </Stack>
      )}
      {workers.length === 0 ? null : (
        <Section title={t('cards:own.worker.title')}>
          <p>{t('cards:own.worker.lead')}</p>
          <Stack>
            {workers.map((worker) => (
              <OwnWorkerBox c={c} worker={worker} query={spoken.query} />
            ))}
          </Stack>
        </Section>
      )}
      <Section title={t('cards:own.seen.title')}>
        <p>{t('cards:own.seen.lead')}</p>
        <DisclosureTable c={c} disclosures={disclosures} />
        {more ? (
          <p class="alone">
            <Link href={DISCLOSURES + spoken.query}>{t('cards:own.seen.all')}</Link>
          </p>
        ) : null}
      </Section>
      {cards.length === 0 ? null : <p>{t('cards:own.wrong')}</p>}
      {cards.length + workers.length === 0 ? null : (
        <p class="alone">
          <Link href={ownDisputesPath + spoken.query}>{t('cards:own.disputes')}</Link>
        </p>
      )}
      {cards.length === 0 ? null : (
        <p class="alone">
          <Link href={CARDS_NUMBER + spoken.query}>{t('cards:own.phone')}</Link>
        </p>
      )}
    </>,
  );
}

type CardProps = {
  readonly c: Context<AppEnv>;
  readonly card: OwnCard;
  readonly conditions: CardConditions | undefined;
  /** Keeps the language. */
  readonly query: string;
};

function OwnCardBox({ c, card, conditions, query }: CardProps) {
  const t = c.get('t');
  const { employerName: employer, number, orderedByName: person, vendorName: vendor } = card;
  return (
    <Card title={employer}>
      <Status c={c} card={card} to="holder" />
      {conditions === undefined || card.blockedAt !== null ? null : (
        <>
          <Unconfirmed conditions={conditions} />
          {/* A card with details right inside it loses its padding. */}
          <div>
            <Details summary={t('cards:conditions.title')} open={card.state === 'suspended'}>
              <ConditionList conditions={conditions} />
            </Details>
          </div>
        </>
      )}
      <DescriptionList
        items={[
          { term: t('cards:field.number'), value: number },
          { term: t('cards:field.type'), value: t(`cards:type.${card.cardType}`) },
          { term: t('cards:field.holder'), value: card.holderName },
          { term: t('cards:field.employer'), value: <Employer {...card} /> },
          { term: t('cards:field.validThrough'), value: <DateText date={endToLastDay(card.expiresAt)} /> },
          { term: t('cards:field.orderedBy'), value: `${person}, ${vendor ?? employer}` },
        ]}
      />
      <Actions>
        {card.blockedAt === null ? (
          <LinkButton
            href={`${ownCardsPath}/${card.id}/report${query}`}
            color="danger"
            variant="secondary"
            label={t('cards:own.reportOf', { number })}
          >
            {t('cards:own.report')}
          </LinkButton>
        ) : null}
        <LinkButton
          href={`${ownCardsPath}/${card.id}/dispute${query}`}
          variant="tertiary"
          label={t('cards:own.disputeOf', { number })}
        >
          {t('cards:own.dispute')}
        </LinkButton>
      </Actions>
    </Card>
  );
}

type EmployerProps = Pick<OwnCard, 'employerName' | 'organisationNumber'>;

function Employer({ employerName, organisationNumber }: EmployerProps) {
  return (
    <>
      {employerName} <span class="nowrap">({formatOrganisationNumber(organisationNumber)})</span>
    </>
  );
}

type WorkerProps = Pick<CardProps, 'c' | 'query'> & { readonly worker: OwnWorker };

/** What an employer has recorded about whoever has no card from it. */
function OwnWorkerBox({ c, worker, query }: WorkerProps) {
  const t = c.get('t');
  const { employerName: employer, employedTo, permitLastDay, orderedByName } = worker;
  return (
    <Card title={employer}>
      <DescriptionList
        items={[
          { term: t('cards:field.employer'), value: <Employer {...worker} /> },
          { term: t('cards:own.worker.unit'), value: worker.unitName },
          { term: t('cards:own.worker.name'), value: worker.name },
          { term: t('cards:own.worker.from'), value: <DateText date={worker.employedFrom} /> },
          ...(employedTo === null
            ? []
            : [{ term: t('cards:own.worker.until'), value: <DateText date={employedTo} /> }]),
          {
            term: t('cards:own.worker.photo'),
            value: t(`cards:own.worker.${worker.hasPhoto ? 'hasPhoto' : 'noPhoto'}`),
          },
          ...(permitLastDay === null
            ? []
            : [{ term: t('cards:own.worker.permit'), value: <DateText date={permitLastDay} /> }]),
          ...(orderedByName === null
            ? []
            : [
                {
                  term: t('cards:own.worker.ordered'),
                  value: `${orderedByName}, ${worker.vendorName ?? employer}`,
                },
              ]),
        ]}
      />
      <Actions>
        <LinkButton
          href={ownWorkerDisputePath(worker.id) + query}
          variant="secondary"
          label={t('cards:own.worker.disputeOf', { employer })}
        >
          {t('cards:own.dispute')}
        </LinkButton>
      </Actions>
    </Card>
  );
}

// Who has seen one's data ---------------------------------------------------------------------------------------------

async function disclosuresPage(c: Context<AppEnv>, deps: OwnCardDeps, { session, spoken }: Oneself) {
  const t = c.get('t');
  const asked = c.req.query('before');
  const before = isUuid(asked) ? asked : undefined;
  const { disclosures, more } = await seeOwnDisclosures(deps, session.tokenHash, before);
  const last = disclosures.at(-1);
  const here = DISCLOSURES + spoken.query;
  return renderWorkerPage(
    c,
    spoken,
    {
      path: DISCLOSURES,
      title: t('cards:own.seen.title'),
      breadcrumbs: [{ label: t('cards:own.title'), href: ownCardsPath + spoken.query }],
    },
    <>
      <Lead>{t('cards:own.seen.lead')}</Lead>
      <DisclosureTable c={c} disclosures={disclosures} />
      <PreviousNext
        previous={before === undefined ? undefined : here}
        next={more && last !== undefined ? withQuery(here, { before: last.id }) : undefined}
      />
    </>,
  );
}

type SeenProps = { readonly c: Context<AppEnv>; readonly disclosures: readonly OwnDisclosure[] };

function DisclosureTable({ c, disclosures }: SeenProps) {
  const t = c.get('t');
  const word = (group: string, code: string) => {
    const key = `cards:own.seen.${group}.${code}`;
    return t(c.get('web').translator.has(c.get('language'), key) ? key : `cards:own.seen.${group}.other`);
  };
  return (
    <Table
      caption={t('cards:own.seen.title')}
      captionHidden
      rows={disclosures}
      empty={<p>{t('cards:own.seen.none')}</p>}
      columns={[
        { header: t('cards:own.seen.who'), names: true, cell: ({ viewerName }) => viewerName },
        { header: t('cards:own.seen.for'), cell: (one) => forWhom(c, one) },
        { header: t('cards:own.seen.when'), cell: ({ at }) => <DateText date={at} time /> },
        {
          header: t('cards:own.seen.what'),
          cell: ({ fields }) => fields.map((field) => word('field', field)).join(', '),
        },
        { header: t('cards:own.seen.where'), cell: ({ occasion }) => word('occasion', occasion) },
      ]}
    />
  );
}

/** Checkers, reviewers and case officers look at a business's affairs, but not for it. */
function forWhom(c: Context<AppEnv>, disclosure: OwnDisclosure): string {
  const t = c.get('t');
  const { occasion, vendorName, businessName, viewerRole } = disclosure;
  if (viewerRole !== null) return t(`staff:role.${viewerRole}`);
  if (occasion === 'media-review') return t('cards:own.seen.issuer');
  if (vendorName !== null) return t('cards:own.seen.vendor', { vendor: vendorName, business: businessName });
  return occasion === 'message-thread' ? t('cards:own.seen.authority') : businessName;
}

// Reporting a card gone -----------------------------------------------------------------------------------------------

async function reportPage(
  c: Context<AppEnv>,
  deps: OwnCardDeps,
  { session, spoken }: Oneself,
  state: FormState,
): Promise<Response> {
  const t = c.get('t');
  const card = await seeOwnCard(deps, session.tokenHash, idOf(c));
  if (card === undefined) return notFoundPage(c);
  const list = ownCardsPath + spoken.query;
  if (card.blockedAt !== null) return c.redirect(list, 303);
  const path = `${ownCardsPath}/${card.id}/report`;
  const { number, employerName: employer } = card;
  const failed = Object.keys(state.errors).length > 0;
  return renderWorkerPage(
    c,
    spoken,
    {
      path,
      title: t('cards:own.report'),
      status: failed ? 422 : 200,
      narrow: true,
      breadcrumbs: [{ label: t('cards:own.title'), href: list }],
    },
    <>
      <Lead>{t('cards:own.which', { number, employer })}</Lead>
      <OwnReportForm employer={employer} state={state} action={path + spoken.query} back={list} />
    </>,
  );
}

async function receiveReport(c: Context<AppEnv>, deps: OwnCardDeps, self: Oneself): Promise<Response> {
  const list = ownCardsPath + self.spoken.query;
  const parsed = parseForm(ownReportForm, await readForm(c));
  if (!parsed.ok) return reportPage(c, deps, self, parsed.error);
  const reported = await reportOwnCard(deps, self.session.tokenHash, idOf(c), parsed.value.reason);
  if (reported.ok) return redirectDone(c, list, 'cards:done.ownBlocked');
  return reported.error === 'missing' ? notFoundPage(c) : c.redirect(list, 303);
}
