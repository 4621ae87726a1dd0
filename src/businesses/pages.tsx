import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { formatOrganisationNumber, parseOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Alert,
  DateText,
  EmptyState,
  Lead,
  Link,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv, SessionInfo } from '../web/context.ts';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { GetForm, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import type { BusinessImport } from './actions.ts';
import { type Choice, choicesOf, unitsOf } from './records.ts';

/** A business that the person may ask for access, whether or not they may act for it. */
interface Askable {
  readonly organisationNumber: string;
  readonly name: string;
}

export interface BusinessPageDeps {
  readonly database: Database;
  readonly importBusiness: BusinessImport;
  /** Port: the businesses that the person may ask for access, at `/access-requests`. Filled by the access feature. */
  readonly askable: (transaction: Transaction) => Promise<readonly Askable[]>;
  /** Where somebody of a vendor sees what waits at all customers. */
  readonly workPath: string;
  /** Where the person sees what they are asked to send for a card of their own. */
  readonly ownUploadsPath: string;
  /** Where the person sees the cards of their own. */
  readonly ownCardsPath: string;
  /** Port: whether the person has, or had, a card of their own. Filled by the cards feature. */
  readonly hasOwnCards: (transaction: Transaction) => Promise<boolean>;
  /** Port: whether the person also has a role of staff, whose pages are at `/staff`. Filled by the staff feature. */
  readonly hasStaffRole: (transaction: Transaction) => Promise<boolean>;
}

const PAGE = 25;
const SEARCH_FROM = 8;

/** The business picker: where the person may act, and nothing else. */
export function createBusinessPages(deps: BusinessPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/businesses', (c) => withSession(c, (session) => picker(deps, c, session, emptyForm)));
  app.post('/businesses', (c) => withSession(c, (session) => find(deps, c, session)));
  return app;
}

function withSession(c: Context<AppEnv>, work: (session: SessionInfo) => Promise<Response>) {
  const session = c.get('session');
  return session ? work(session) : c.redirect(withQuery('/login', { return: '/businesses' }), 303);
}

interface Listed extends Choice {
  readonly units: readonly { readonly organisation_number: string; readonly name: string }[];
}

interface Choices {
  readonly all: readonly Listed[];
  readonly staff: boolean;
  readonly cards: boolean;
  readonly askable: readonly Askable[];
}

async function loadChoices(deps: BusinessPageDeps, session: SessionInfo): Promise<Choices> {
  const context = { kind: 'session', tokenHash: session.tokenHash } as const;
  return inTransaction(deps.database, context, async (transaction) => {
    const choices = await choicesOf(transaction);
    const units = await unitsOf(transaction, [...new Set(choices.map((choice) => choice.businessId))]);
    const all = choices.map((choice) => ({
      ...choice,
      units: units.filter((unit) => unit.business_id === choice.businessId),
    }));
    const askable = await deps.askable(transaction);
    const cards = await deps.hasOwnCards(transaction);
    return { all, askable, cards, staff: await deps.hasStaffRole(transaction) };
  });
}

function matches(choice: Choice, wanted: string): boolean {
  const text = wanted.toLocaleLowerCase('nb');
  const digits = wanted.replaceAll(/\s/gu, '');
  return choice.name.toLocaleLowerCase('nb').includes(text) || choice.organisationNumber.includes(digits);
}

function choicePath(choice: Choice): string {
  const business = `/b/${choice.organisationNumber}`;
  // There the business is asked first whether its contact details are right, when it is time.
  return choice.vendorNumber === null ? business : `${business}/by/${choice.vendorNumber}/orders`;
}

async function picker(deps: BusinessPageDeps, c: Context<AppEnv>, session: SessionInfo, state: FormState) {
  const t = c.get('t');
  const { all, staff, cards, askable } = await loadChoices(deps, session);
  const wanted = (c.req.query('search') ?? '').trim();
  const found = wanted === '' ? all : all.filter((choice) => matches(choice, wanted));
  const page = Math.max(1, Number.parseInt(c.req.query('page') ?? '1', 10) || 1);
  const shown = found.slice((page - 1) * PAGE, page * PAGE);
  const failed = Object.keys(state.errors).length > 0;
  return renderPage(
    c,
    { title: t('businesses:title'), status: failed ? 422 : 200 },
    <>
      <Lead>{t('businesses:lead')}</Lead>
      {staff ? (
        <Alert>
          <p>
            {t('businesses:staff')} <Link href="/staff">{t('businesses:toStaff')}</Link>
          </p>
        </Alert>
      ) : null}
      {all.some(({ vendorNumber }) => vendorNumber !== null) ? (
        <p>
          <Link href={deps.workPath}>{t('businesses:work')}</Link>
        </p>
      ) : null}
      {all.length > SEARCH_FROM ? (
        <GetForm action="/businesses" values={{ search: [wanted] }}>
          <TextField name="search" label={t('businesses:search')} type="search" optional />
          <SubmitButton variant="secondary">{t('businesses:searchButton')}</SubmitButton>
        </GetForm>
      ) : null}
      {all.length === 0 ? (
        <EmptyState title={t('businesses:empty.title')}>
          <p>{t('businesses:empty.text')}</p>
        </EmptyState>
      ) : (
        <ChoiceTable c={c} rows={shown} />
      )}
      <Pagination
        page={page}
        pages={Math.max(1, Math.ceil(found.length / PAGE))}
        href={(number) => withQuery('/businesses', { search: wanted, page: String(number) })}
      />
      {cards ? (
        <p>
          <Link href={deps.ownCardsPath}>{t('businesses:ownCards')}</Link>
        </p>
      ) : null}
      <p>
        <Link href={deps.ownUploadsPath}>{t('businesses:ownUploads')}</Link>
      </p>
      <AskSection c={c} askable={askable} />
      <Section title={t('businesses:find.title')}>
        <p>{t('businesses:find.text')}</p>
        <PostForm action="/businesses" state={state}>
          <TextField
            name="organisationNumber"
            label={t('businesses:find.label')}
            description={t('businesses:find.description')}
            inputmode="numeric"
            size={12}
          />
          <SubmitButton variant="secondary">{t('businesses:find.button')}</SubmitButton>
        </PostForm>
      </Section>
    </>,
  );
}

/** Where the person may ask for access; the name and the way to ask, and nothing else of the business. */
function AskSection({ c, askable }: { c: Context<AppEnv>; askable: readonly Askable[] }) {
  const t = c.get('t');
  if (askable.length === 0) return null;
  return (
    <Section title={t('businesses:ask.title')}>
      <p>{t('businesses:ask.text')}</p>
      <ul class="ds-list">
        {askable.map(({ name, organisationNumber }) => (
          <li>
            <Link href={`/access-requests/new/${organisationNumber}`}>
              {t('businesses:ask.link', { name })}
            </Link>
          </li>
        ))}
      </ul>
      <p>
        <Link href="/access-requests">{t('businesses:ask.see')}</Link>
      </p>
    </Section>
  );
}

function ChoiceTable({ c, rows }: { c: Context<AppEnv>; rows: readonly Listed[] }) {
  const t = c.get('t');
  return (
    <Table
      caption={t('businesses:title')}
      captionHidden
      rows={rows}
      empty={t('businesses:noneFound')}
      columns={[
        {
          header: t('businesses:column.business'),
          names: true,
          cell: (row) => (
            <>
              <Link href={choicePath(row)}>{row.name}</Link>{' '}
              {row.bankrupt ? <Tag color="danger">{t('businesses:bankrupt')}</Tag> : null}
            </>
          ),
        },
        {
          header: t('businesses:column.number'),
          cell: (row) => formatOrganisationNumber(row.organisationNumber),
        },
        { header: t('businesses:column.as'), cell: (row) => <ActsAs c={c} choice={row} /> },
        {
          header: t('businesses:column.units'),
          cell: (row) => row.units.map((unit) => unit.name).join(', ') || t('businesses:noUnits'),
        },
      ]}
    />
  );
}

function ActsAs({ c, choice }: { c: Context<AppEnv>; choice: Choice }) {
  const t = c.get('t');
  if (choice.capacity === 'officer') {
    return <>{choice.roles.map((role) => t(`businesses:role.${role}`)).join(', ')}</>;
  }
  const text =
    choice.capacity === 'vendor'
      ? t('businesses:forVendor', { vendor: choice.vendorName ?? '' })
      : t('businesses:mandate');
  return (
    <>
      {text}
      {choice.endsAt === null ? null : (
        <>
          {' '}
          {t('businesses:until')} <DateText date={new Date(choice.endsAt.getTime() - 1)} />
        </>
      )}
    </>
  );
}

const findForm = z.object({ organisationNumber: z.string().max(20) });

/** Reads one more business from the register; says the same for "no such business" and "not yours". */
async function find(deps: BusinessPageDeps, c: Context<AppEnv>, session: SessionInfo) {
  const form = await readForm(c);
  const parsed = parseForm(findForm, form);
  if (!parsed.ok) return picker(deps, c, session, parsed.error);
  const fail = (key: string) => picker(deps, c, session, formWithErrors(form, { organisationNumber: key }));
  const number = parseOrganisationNumber(parsed.value.organisationNumber);
  if (!number.ok) return fail(`businesses:find.${number.error}`);
  const imported = await deps.importBusiness(number.value);
  if (!imported.ok && imported.error === 'register-unavailable') return fail('businesses:find.unavailable');
  const { all } = await loadChoices(deps, session);
  const choice = all.find((one) => one.organisationNumber === number.value);
  return choice ? c.redirect(choicePath(choice), 303) : fail('businesses:find.notYours');
}
