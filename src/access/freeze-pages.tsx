import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { Actions, Alert, DateText, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import type { Freeze } from './freeze-records.ts';
import { type FreezeDeps, type FreezeTarget, lift, placeFreeze, viewFreeze, viewLift } from './freezes.ts';
import { StepUpFirst } from './step-up.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing, stepUpPath } from './web.tsx';

const LIST = '/business/access';
const STOP = `${LIST}/stop`;
const LIFT = `${LIST}/freezes/:freeze/lift`;

/** The emergency stop under Access: pressing it for a vendor or everyone, and lifting it. */
export function createFreezePages(deps: FreezeDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const path of [STOP, `${STOP}/:holder`]) {
    app.get(path, (c) => stopPage(c, deps, emptyForm));
    app.post(path, (c) => stop(c, deps));
  }
  app.get(LIFT, (c) => liftPage(c, deps, emptyForm));
  app.post(LIFT, (c) => sendLift(c, deps));
  return app;
}

const side = { section: 'business', side: 'access', narrow: true } as const;

const reasonForm = z.object({ reason: z.string().max(300).optional() });

const crumbs = (c: Context<AppEnv>) => [
  { label: c.get('t')('access:title'), href: businessPath(requireActing(c), LIST) },
];

function targetOf(c: Context<AppEnv>): FreezeTarget {
  const vendorNumber = c.req.param('holder');
  return vendorNumber === undefined ? 'everyone' : { vendorNumber };
}

// On the Access page -------------------------------------------------------------------------------------------------

type StopsProps = { readonly freezes: readonly Freeze[]; readonly acting: ActingFor };

/** What is stopped, who pressed it, when and why: above everything else on the Access page. */
export function Stops({ freezes, acting }: StopsProps) {
  const { t } = useRequest();
  return (
    <>
      {freezes.map((one) => (
        <Alert color="danger" title={stateText(t, one)}>
          <WhoPressed freeze={one} />
          <Actions>
            <LinkButton
              href={businessPath(acting, `${LIST}/freezes/${one.id}/lift`)}
              variant="secondary"
              size="sm"
              label={
                one.vendorName === null ? undefined : t('access:stop.liftFull', { name: one.vendorName })
              }
            >
              {t('access:stop.lift')}
            </LinkButton>
          </Actions>
        </Alert>
      ))}
    </>
  );
}

function stateText(t: ReturnType<typeof useRequest>['t'], { vendorName }: Freeze): string {
  return vendorName === null
    ? t('access:stop.state.everyone')
    : t('access:stop.state.vendor', { name: vendorName });
}

function WhoPressed({ freeze }: { readonly freeze: Freeze }) {
  const { t } = useRequest();
  return (
    <>
      <p>
        {t('access:stop.pressed', { name: freeze.frozenByName ?? t('access:stop.bySystem') })}{' '}
        <DateText date={freeze.frozenAt} time />
      </p>
      {freeze.reason === '' ? null : <p>{t('access:stop.because', { reason: freeze.reason })}</p>}
    </>
  );
}

type StopButtonProps = StopsProps & {
  /** Left out: everyone but the officers. */
  readonly vendor?: { readonly number: string; readonly name: string };
};

/** Leads to the stop of a vendor, or of everyone; nothing where it has been pressed. */
export function StopButton({ freezes, acting, vendor }: StopButtonProps) {
  const { t } = useRequest();
  if (freezes.some((one) => one.vendorNumber === (vendor?.number ?? null))) return null;
  return (
    <LinkButton
      href={businessPath(acting, vendor === undefined ? STOP : `${STOP}/${vendor.number}`)}
      variant="secondary"
      color="danger"
      size={vendor === undefined ? 'md' : 'sm'}
      label={vendor === undefined ? undefined : t('access:stop.freezeFull', { name: vendor.name })}
    >
      {t(vendor === undefined ? 'access:stop.button' : 'access:stop.freeze')}
    </LinkButton>
  );
}

// Pressing -----------------------------------------------------------------------------------------------------------

async function stopPage(c: Context<AppEnv>, deps: FreezeDeps, state: FormState) {
  const acting = requireActing(c);
  const viewed = await viewFreeze(deps, acting, targetOf(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, target, open } = viewed.value;
  if (target === undefined) return notFoundPage(c);
  const t = c.get('t');
  const scope = target.vendorName === null ? 'everyone' : 'vendor';
  const name = target.vendorName ?? '';
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t(`access:stop.title.${scope}`, { name }),
      breadcrumbs: crumbs(c),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    open === undefined ? (
      <>
        <p>{t('access:stop.happens')}</p>
        <ul class="ds-list">
          <li>{t(`access:stop.who.${scope}`, { name })}</li>
          <li>{t('access:stop.waiting')}</li>
          <li>{t('access:stop.held')}</li>
          <li>{t(`access:stop.told.${scope}`)}</li>
        </ul>
        <p>{t('access:stop.undo')}</p>
        {scope === 'everyone' && permitted.facts.mandate ? (
          <Alert color="warning">{t('access:stop.own')}</Alert>
        ) : null}
        <PostForm state={state}>
          <Textarea
            name="reason"
            label={t('access:stop.reason')}
            description={t('access:stop.reasonHint')}
            rows={2}
            maxlength={300}
            optional
          />
          <Actions>
            <SubmitButton color="danger">{t('access:stop.now')}</SubmitButton>
            <LinkButton href={businessPath(acting, LIST)} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      </>
    ) : (
      <>
        <p>{t('access:stop.already')}</p>
        <Stops freezes={[open]} acting={acting} />
      </>
    ),
  );
}

async function stop(c: Context<AppEnv>, deps: FreezeDeps) {
  const acting = requireActing(c);
  const parsed = parseForm(reasonForm, await readForm(c));
  if (!parsed.ok) return stopPage(c, deps, parsed.error);
  const placed = await placeFreeze(deps, acting, targetOf(c), parsed.value.reason ?? '');
  if (placed.ok) {
    // Whoever has stopped themselves too gets the answer where they may still be.
    return placed.value.ownAccessStopped
      ? redirectDone(c, '/businesses', 'access:done.frozenAll')
      : redirectDone(c, businessPath(acting, LIST), 'access:done.frozen');
  }
  if (placed.error === 'unknown') return notFoundPage(c);
  if (placed.error === 'already-frozen') {
    return redirectDone(c, businessPath(acting, LIST), 'access:done.frozenAlready');
  }
  return refusedPage(c, placed.error);
}

// Lifting ------------------------------------------------------------------------------------------------------------

async function liftPage(c: Context<AppEnv>, deps: FreezeDeps, state: FormState, refused = false) {
  const acting = requireActing(c);
  const viewed = await viewLift(deps, acting, c.req.param('freeze') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, freeze, problem } = viewed.value;
  if (freeze === undefined) return notFoundPage(c);
  if (freeze.liftedAt !== null) return liftedAlready(c);
  const t = c.get('t');
  const scope = freeze.vendorName === null ? 'everyone' : 'vendor';
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t(`access:stop.liftTitle.${scope}`, { name: freeze.vendorName ?? '' }),
      breadcrumbs: crumbs(c),
      status: refused ? 403 : Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <WhoPressed freeze={freeze} />
      <p>{t('access:stop.liftText')}</p>
      <Actions>
        <LinkButton href={businessPath(acting, '/orders')} variant="secondary">
          {t('access:stop.seeOrders')}
        </LinkButton>
      </Actions>
      {problem === 'step-up' ? (
        <StepUpFirst c={c} facts={permitted.facts} />
      ) : (
        <LiftForm c={c} state={state} refused={problem} />
      )}
    </>,
  );
}

type LiftFormProps = {
  readonly c: Context<AppEnv>;
  readonly state: FormState;
  readonly refused: 'officers-only' | undefined;
};

function LiftForm({ c, state, refused }: LiftFormProps) {
  const t = c.get('t');
  return (
    <PostForm state={state}>
      <Textarea
        name="reason"
        label={t('access:stop.liftReason')}
        description={t('access:stop.liftReasonHint')}
        rows={2}
        maxlength={300}
        optional
      />
      <Actions>
        <SubmitButton disabledReason={refused === undefined ? undefined : t('access:stop.officersOnly')}>
          {t('access:stop.lift')}
        </SubmitButton>
        <LinkButton href={businessPath(requireActing(c), LIST)} variant="tertiary">
          {t('access:cancel')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}

function liftedAlready(c: Context<AppEnv>) {
  return redirectDone(c, businessPath(requireActing(c), LIST), 'access:done.liftedAlready');
}

async function sendLift(c: Context<AppEnv>, deps: FreezeDeps) {
  const acting = requireActing(c);
  const parsed = parseForm(reasonForm, await readForm(c));
  if (!parsed.ok) return liftPage(c, deps, parsed.error);
  const lifted = await lift(deps, acting, c.req.param('freeze') ?? '', parsed.value.reason ?? '');
  if (lifted.ok) return redirectDone(c, businessPath(acting, LIST), 'access:done.lifted');
  switch (lifted.error) {
    case 'unknown':
      return notFoundPage(c);
    case 'already-lifted':
      return liftedAlready(c);
    case 'step-up':
      return c.redirect(stepUpPath(c.req.path), 303);
    case 'officers-only':
      return liftPage(c, deps, emptyForm, true);
    default:
      return refusedPage(c, lifted.error);
  }
}
