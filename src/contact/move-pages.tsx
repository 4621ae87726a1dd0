import type { Context } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  Held,
  heldFor,
  passkeyPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  stepUpFresh,
  stepUpPath,
  loginFresh,
} from '../access/index.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { Actions, Alert, DateText, LinkButton, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { type FormState, formWithErrors, parseForm, queryText, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { type ContactView, openChange, type ShownMove, viewContact } from './actions.ts';
import {
  type ActingOn,
  cancelMove,
  type ContactDeps,
  overruleMove,
  proveAddress,
  undoMove,
  vouchForAddress,
} from './moves.ts';
import { Differences } from './parts.tsx';
import { type Channel, contactPath, formatMobile, heldBack, type Move, OFFICERS, UNITS } from './rules.ts';

type Page = Context<AppEnv>;

/** An id that nothing has: what is no id is answered as one that leads nowhere. */
const NOBODYS = '00000000-0000-7000-8000-000000000000';

/** Whose details the address of the page says: the business's own, or one unit's. */
export function actingOn(c: Page): ActingOn {
  const unit = c.req.param('unit');
  return { ...requireActing(c), ...(unit === undefined ? {} : { unit: isUuid(unit) ? unit : NOBODYS }) };
}

/** A page about these details, or that of the details themselves. */
export function contactHref(c: Page, page = ''): string {
  const acting = actingOn(c);
  return businessPath(acting, `${contactPath(acting.unit)}${page}`);
}

/** What leads from the pages of a unit, and from those below the details, back up. */
export function crumbsOf(c: Page, { details: { unit } }: ContactView, below = true) {
  const crumbs = [
    { label: c.get('t')('contact:title'), href: businessPath(requireActing(c), contactPath()) },
  ];
  if (unit === undefined) return below ? crumbs : [];
  const units = {
    label: c.get('t')('contact:units.title'),
    href: businessPath(requireActing(c), UNITS),
  };
  return [...crumbs, units, ...(below ? [{ label: unit.name, href: contactHref(c) }] : [])];
}

const noHistory = { limit: 0, offset: 0 };

// A change on its way, on the page of the details --------------------------------------------------------------------------

type MovesProps = { readonly c: Page; readonly view: ContactView };

/** Changes on their way, and the latest while it can be undone: what becomes of them, and what can be done. */
export function Moves({ c, view }: MovesProps) {
  return (
    <>
      {view.moves.map((shown) => (
        <MoveCard c={c} facts={view.facts} shown={shown} />
      ))}
    </>
  );
}

type MoveCardProps = { readonly c: Page; readonly facts: ContextFacts; readonly shown: ShownMove };

function MoveCard({ c, facts, shown: { move, may } }: MoveCardProps) {
  const t = c.get('t');
  if (move.state === 'effective' && !may.includes('undo')) return null;
  if (move.state === 'proving' && !may.includes('prove') && !may.includes('cancel')) return null;
  return (
    <Section title={t(`contact:move.title.${move.state}`)}>
      <Stack>
        <p>
          {t('contact:move.by', { person: move.madeBy.name })} <DateText date={move.madeAt} time />
        </p>
        <Differences c={c} before={move.before} after={move.after} />
        <Standing c={c} move={move} />
        <MoveButtons c={c} facts={facts} move={move} may={may} />
      </Stack>
    </Section>
  );
}

/** What a change waits for, and who has stopped it. */
function Standing({ c, move }: { readonly c: Page; readonly move: Move }) {
  const t = c.get('t');
  const held = heldBack(move);
  if (move.state === 'proving') return <p>{t('contact:move.proving')}</p>;
  if (move.state === 'effective') {
    return (
      <>
        <p>{t('contact:move.undoText')}</p>
        <ByPost c={c} move={move} />
      </>
    );
  }
  return (
    <>
      {move.pausedBy === null ? (
        <p>
          {t('contact:move.waiting')} {/* Its waiting time has not begun before the letter is posted. */}
          {held === 'post' ? null : (
            <>
              {t('contact:move.holdsFrom')} <DateText date={move.effectiveAt ?? move.madeAt} time />
            </>
          )}
        </p>
      ) : (
        <Alert color="warning">
          {move.pausedBy === OFFICERS
            ? t('contact:move.pausedByOfficer')
            : t('contact:move.paused', { address: shownAddress(move.pausedBy) })}
        </Alert>
      )}
      {held === undefined ? null : (
        <Alert color="warning" title={t(`contact:move.held.${held}.title`)}>
          {held === 'vouch' ? <Suspicions c={c} move={move} /> : null}
          <p>{t(`contact:move.held.${held}.text`)}</p>
        </Alert>
      )}
      {held === 'post' ? null : <ByPost c={c} move={move} />}
    </>
  );
}

/** That the officers are told by letter, since no mail reaches them. */
function ByPost({ c, move }: { readonly c: Page; readonly move: Move }) {
  const t = c.get('t');
  if (move.unreachedAt === null) return null;
  if (move.postedAt === null) return <p>{t('contact:move.byPost.listed')}</p>;
  return (
    <p>
      {t('contact:move.byPost.posted')} <DateText date={move.postedAt} time />
    </p>
  );
}

/** What speaks against the new addresses being the business's own. */
export function Suspicions({ c, move }: { readonly c: Page; readonly move: Pick<Move, 'suspicion'> }) {
  const t = c.get('t');
  return (
    <ul class="changes">
      {move.suspicion.map((one) => (
        <li>
          {one.kind === 'used-elsewhere'
            ? t('contact:suspicion.used-elsewhere', { count: one.businesses })
            : t(`contact:suspicion.${one.kind}`, { vendor: one.vendor })}
        </li>
      ))}
    </ul>
  );
}

const shownAddress = (address: string): string => (address.includes('@') ? address : formatMobile(address));

type ButtonsProps = {
  readonly c: Page;
  readonly facts: ContextFacts;
  readonly move: Move;
  readonly may: ShownMove['may'];
};

function MoveButtons({ c, facts, move, may }: ButtonsProps) {
  const t = c.get('t');
  const fresh = stepUpFresh(facts, facts.now);
  const formFor = (what: 'cancel' | 'overrule' | 'undo') => (
    <PostForm action={contactHref(c, `/${what}`)} class="form inline">
      <HiddenField name="move" value={move.id} />
      <SubmitButton variant={what === 'overrule' ? 'primary' : 'secondary'}>
        {t(`contact:move.button.${what}`)}
      </SubmitButton>
    </PostForm>
  );
  return (
    <>
      {may.includes('overrule') ? <p>{t('contact:move.overruleText')}</p> : null}
      {may.includes('overrule') && !fresh ? <StepUpAlert c={c} facts={facts} typed={false} /> : null}
      <Actions>
        {may.includes('prove') ? (
          <LinkButton href={contactHref(c, '/code')}>{t('contact:move.button.prove')}</LinkButton>
        ) : null}
        {may.includes('overrule') && fresh ? formFor('overrule') : null}
        {/* For thirty days nobody is warned of what few ever need. */}
        {may.includes('undo') ? formFor('undo') : null}
        {may.includes('cancel') ? formFor('cancel') : null}
      </Actions>
    </>
  );
}

type StepUpProps = { readonly c: Page; readonly facts: ContextFacts; readonly typed: boolean };

/**
 * That who sits here, a login, or the passkey that the business requires, comes first; in another tab where something has been
 * typed.
 */
export function StepUpAlert({ c, facts, typed }: StepUpProps) {
  const t = c.get('t');
  const kind = loginFresh(facts, facts.now) ? 'passkey' : 'login';
  // An address that is only posted to has no page to come back to.
  const { pathname, search } = new URL(c.req.url);
  const back = c.req.method === 'GET' ? `${pathname}${search}` : contactHref(c);
  const here = typed ? pathname : back;
  const path = kind === 'passkey' ? passkeyPath(here) : stepUpPath(here);
  const vendor = heldFor(facts);
  if (vendor !== undefined) return <Held c={c} vendor={vendor} typed={typed} returnPath={here} />;
  return (
    <Alert color="warning" title={t(`contact:${kind}.title`)} live={typed}>
      <p>{t(`contact:${kind}.${typed ? 'typed' : 'text'}`)}</p>
      <Actions>
        {typed ? (
          <a class="ds-button" href={path} target="_blank" rel="noopener">
            {t(`contact:${kind}.newTab`)}
          </a>
        ) : (
          <LinkButton href={path}>{t(`contact:${kind}.button`)}</LinkButton>
        )}
      </Actions>
    </Alert>
  );
}

// Proving a new address -------------------------------------------------------------------------------------------------

/** The page where somebody enters the codes that their change waits for. */
export async function codePage(deps: ContactDeps, c: Page, state?: FormState) {
  const view = await openChange(deps, actingOn(c), 'contact.prove');
  if (!view.ok) return refusedPage(c, view.error);
  const t = c.get('t');
  const proving = view.value.moves.find(({ may }) => may.includes('prove'))?.move;
  const expired = proving !== undefined && proving.codesExpireAt < view.value.facts.now;
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('contact:code.title'),
      section: 'business',
      side: 'contact',
      narrow: true,
      status: state === undefined ? 200 : 422,
      breadcrumbs: crumbsOf(c, view.value),
    },
    proving === undefined || expired ? (
      <NoCode c={c} />
    ) : (
      <Stack>
        <p>{t('contact:code.text', { count: proving.triesLeft })}</p>
        {/* One after the other: what is typed belongs to one of them. */}
        {proving.awaited.slice(0, 1).map((channel) => (
          <CodeForm c={c} move={proving} channel={channel} state={state} />
        ))}
        <p>{t('contact:code.never')}</p>
      </Stack>
    ),
  );
}

function NoCode({ c }: { readonly c: Page }) {
  const t = c.get('t');
  return (
    <Stack>
      <p>{t('contact:code.none')}</p>
      <Actions>
        <LinkButton href={contactHref(c, '/change')}>{t('contact:code.again')}</LinkButton>
        <LinkButton href={contactHref(c)} variant="secondary">
          {t('contact:code.back')}
        </LinkButton>
      </Actions>
    </Stack>
  );
}

type CodeFormProps = {
  readonly c: Page;
  readonly move: Move;
  readonly channel: Channel;
  readonly state: FormState | undefined;
};

function CodeForm({ c, move, channel, state }: CodeFormProps) {
  const t = c.get('t');
  const address = shownAddress(move.after[channel] ?? '');
  const mine = state?.values['channel']?.[0] === channel;
  return (
    <PostForm action={contactHref(c, '/code')} {...(mine ? { state } : {})}>
      <HiddenField name="move" value={move.id} />
      <HiddenField name="channel" value={channel} />
      <TextField
        name="code"
        label={t('contact:code.label', { address })}
        autocomplete="one-time-code"
        maxlength={12}
        size={8}
        spellcheck={false}
      />
      <Actions>
        <SubmitButton>{t('contact:code.submit')}</SubmitButton>
      </Actions>
    </PostForm>
  );
}

const codeForm = z.object({
  move: z.string().default(''),
  channel: z.enum(['email', 'mobile']).catch('email'),
  code: z.string({ error: 'contact:error.codeMissing' }).transform((typed) => typed.replace(/\s/gu, '')),
});

export async function enterCode(deps: ContactDeps, c: Page) {
  const form = await readForm(c);
  const parsed = parseForm(codeForm, form);
  if (!parsed.ok) return codePage(deps, c, parsed.error);
  const { move, channel, code } = parsed.value;
  const result = await proveAddress(deps, actingOn(c), isUuid(move) ? move : NOBODYS, channel, code);
  if (!result.ok) return refusedPage(c, result.error);
  const { proved, move: after } = result.value;
  if (proved === 'proved') {
    return after?.state === 'proving'
      ? redirectDone(c, contactHref(c, '/code'), 'contact:done.proved')
      : redirectDone(c, contactHref(c), 'contact:done.begun');
  }
  if (proved === 'wrong') return codePage(deps, c, formWithErrors(form, { code: 'contact:error.code' }));
  return problemOfMove(deps, c, `contact:problem.code-${proved}`);
}

/** The page of the details with what went wrong, and nothing done. */
async function problemOfMove(deps: ContactDeps, c: Page, key: string, stepUp = false) {
  const view = await viewContact(deps, actingOn(c), noHistory);
  if (!view.ok) return refusedPage(c, view.error);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('contact:title'),
      section: 'business',
      side: 'contact',
      status: 409,
      breadcrumbs: crumbsOf(c, view.value),
    },
    <Stack>
      <Alert color="danger" live>
        {t(key)}
      </Alert>
      {/* A change that can be gone on with says so itself. */}
      {stepUp && !view.value.moves.some(({ may }) => may.includes('overrule')) ? (
        <StepUpAlert c={c} facts={view.value.facts} typed={false} />
      ) : null}
      <Moves c={c} view={view.value} />
      <Actions>
        <LinkButton href={contactHref(c)} variant="secondary">
          {t('contact:code.back')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

// Cancelling, overruling, undoing ---------------------------------------------------------------------------------------

const actionsByName = { cancel: cancelMove, overrule: overruleMove, undo: undoMove } as const;

export async function changeMove(deps: ContactDeps, c: Page, what: keyof typeof actionsByName) {
  const parsed = parseForm(z.object({ move: z.uuid() }), await readForm(c));
  const result = await actionsByName[what](deps, actingOn(c), parsed.ok ? parsed.value.move : NOBODYS);
  if (result.ok) return redirectDone(c, contactHref(c), `contact:done.${what}`);
  if (result.error === 'step-up') return problemOfMove(deps, c, 'contact:problem.stepUp', true);
  if (result.error === 'overtaken') return problemOfMove(deps, c, 'contact:problem.overtaken');
  return refusedPage(c, result.error);
}

// Vouching for an address that looks like a vendor's ----------------------------------------------------------------------

/** Where the link in the officers' own mail leads; nothing is done before the button. */
export async function vouchPage(deps: ContactDeps, c: Page) {
  const view = await openChange(deps, actingOn(c), 'contact.vouch');
  if (!view.ok) return refusedPage(c, view.error);
  const t = c.get('t');
  const { facts, moves } = view.value;
  const move = moves.find(({ move: one }) => heldBack(one) === 'vouch')?.move;
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('contact:vouch.title'),
      section: 'business',
      side: 'contact',
      narrow: true,
      breadcrumbs: crumbsOf(c, view.value),
    },
    move === undefined ? (
      <p>{t('contact:vouch.none')}</p>
    ) : (
      <Stack>
        <p>{t('contact:vouch.text', { person: move.madeBy.name })}</p>
        <Suspicions c={c} move={move} />
        <Differences c={c} before={move.before} after={move.after} />
        {facts.capacity !== 'officer' ? (
          <p>{t('contact:vouch.officer')}</p>
        ) : stepUpFresh(facts, facts.now) ? (
          <PostForm action={contactHref(c, '/vouch')}>
            <HiddenField name="link" value={queryText(c, 'link') ?? ''} />
            <Actions>
              <SubmitButton>{t('contact:vouch.submit')}</SubmitButton>
              <LinkButton href={contactHref(c)} variant="secondary">
                {t('contact:vouch.no')}
              </LinkButton>
            </Actions>
          </PostForm>
        ) : heldFor(facts) === undefined ? (
          <StepUpAlert c={c} facts={facts} typed={false} />
        ) : (
          <p>{t('contact:vouch.held')}</p>
        )}
      </Stack>
    ),
  );
}

export async function vouch(deps: ContactDeps, c: Page) {
  const parsed = parseForm(z.object({ link: z.string().max(200) }), await readForm(c));
  const result = await vouchForAddress(deps, actingOn(c), parsed.ok ? parsed.value.link : '');
  if (result.ok) return redirectDone(c, contactHref(c), 'contact:done.vouched');
  if (result.error === 'step-up') return problemOfMove(deps, c, 'contact:problem.stepUp', true);
  if (result.error === 'overtaken') return problemOfMove(deps, c, 'contact:problem.vouch');
  return refusedPage(c, result.error);
}
