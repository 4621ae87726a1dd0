import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  StepUpFirst,
  stepUpPath,
} from '../access/index.ts';
import { Actions, Alert, DescriptionList, Lead, LinkButton, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import {
  Appointments,
  facts,
  ProposalFields,
  proposalFields,
  proposalProblem,
} from './appointment-pages.tsx';
import type { StaffDeps } from './appointments.ts';
import {
  confirmPlaceRole,
  endPlaceRole,
  proposePlaceRole,
  viewPlaceRole,
  viewPlaceRoles,
} from './place-roles.ts';
import type { Appointment } from './records.ts';
import { PLACE_ROLES } from './rules.ts';

type Page = Context<AppEnv>;

const LIST = '/business/checkers';

/** Who checks cards at the places that the business runs: an officer gives the role, confirms who logged in, and ends it. */
export function createPlaceRolePages(deps: StaffDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
  app.get(`${LIST}/new`, (c) => proposalPage(c, deps, emptyForm));
  app.post(`${LIST}/new`, (c) => propose(c, deps));
  app.get(`${LIST}/:appointment/confirm`, (c) => confirmPage(c, deps));
  app.post(`${LIST}/:appointment/confirm`, (c) => confirm(c, deps));
  app.get(`${LIST}/:appointment/end`, (c) => endPage(c, deps));
  app.post(`${LIST}/:appointment/end`, (c) => end(c, deps));
  return app;
}

const listPath = (c: Page): string => businessPath(requireActing(c), LIST);
const idOf = (c: Page): string => c.req.param('appointment') ?? '';

const frame = (c: Page, title: string, inside: boolean) =>
  ({
    title,
    section: 'business',
    side: 'checkers',
    narrow: inside,
    breadcrumbs: inside ? [{ label: c.get('t')('staff:places.title'), href: listPath(c) }] : [],
  }) as const;

async function listPage(c: Page, deps: StaffDeps): Promise<Response> {
  const t = c.get('t');
  const viewed = await viewPlaceRoles(deps, requireActing(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, current, past } = viewed.value;
  return renderBusinessPage(
    c,
    permitted,
    frame(c, t('staff:places.title'), false),
    <Stack>
      <Lead>{t('staff:places.lead')}</Lead>
      {current
        .filter(({ state }) => state === 'accepted')
        .map((one) => (
          <Waiting c={c} appointment={one} />
        ))}
      <Actions>
        <LinkButton href={`${listPath(c)}/new`}>{t('staff:places.propose')}</LinkButton>
      </Actions>
      <Appointments c={c} caption={t('staff:list.current')} rows={current} list={listPath(c)} />
      {past.length === 0 ? null : (
        <Section title={t('staff:list.past')}>
          <Appointments c={c} caption={t('staff:list.past')} rows={past} />
        </Section>
      )}
    </Stack>,
  );
}

function Waiting({ c, appointment }: { readonly c: Page; readonly appointment: Appointment }) {
  const t = c.get('t');
  const name = appointment.acceptedByName ?? '';
  return (
    <Alert title={t('staff:waiting.title', { name, role: t(`staff:role.${appointment.role}`) })}>
      <p>{t('staff:places.waiting', { name: appointment.name, place: appointment.place ?? '' })}</p>
      <Actions>
        <LinkButton
          href={`${listPath(c)}/${appointment.id}/confirm`}
          label={t('staff:waiting.confirmFull', { name })}
        >
          {t('staff:waiting.confirm')}
        </LinkButton>
      </Actions>
    </Alert>
  );
}

async function proposalPage(c: Page, deps: StaffDeps, state: FormState): Promise<Response> {
  const t = c.get('t');
  const viewed = await viewPlaceRoles(deps, requireActing(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted } = viewed.value;
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frame(c, t('staff:places.propose'), true),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <p>{t('staff:places.text')}</p>
      <PostForm state={state}>
        <ProposalFields t={t} roles={PLACE_ROLES} placeHint="staff:places.placeHint" now={permitted.now} />
        <Actions>
          <SubmitButton>{t('staff:propose.send')}</SubmitButton>
          <LinkButton href={listPath(c)} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const proposalForm = z.object({
  ...proposalFields,
  role: z.enum(PLACE_ROLES, { error: 'web:form.choose' }),
  place: z.string({ error: 'staff:problem.no-place' }).max(120),
});

async function propose(c: Page, deps: StaffDeps): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(proposalForm, form);
  if (!parsed.ok) return proposalPage(c, deps, parsed.error);
  const proposed = await proposePlaceRole(deps, requireActing(c), parsed.value);
  if (proposed.ok) return redirectDone(c, listPath(c), 'staff:done.placeProposed');
  if (typeof proposed.error !== 'string') return refusedPage(c, proposed.error);
  return proposalPage(c, deps, proposalProblem(form, proposed.error));
}

async function confirmPage(c: Page, deps: StaffDeps): Promise<Response> {
  const t = c.get('t');
  const viewed = await viewPlaceRole(deps, requireActing(c), idOf(c), 'confirmed');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, appointment, problem, fresh } = viewed.value;
  if (appointment === undefined) return notFoundPage(c);
  if (problem !== undefined) return problemPage(c, 'conflict', { detail: problemText(c, problem) });
  const name = appointment.acceptedByName ?? '';
  return renderBusinessPage(
    c,
    permitted,
    frame(c, t('staff:confirm.title', { name }), true),
    <>
      <p>{t('staff:places.confirmText', { name, invited: appointment.name })}</p>
      <DescriptionList items={facts(c, appointment)} />
      {fresh ? (
        <PostForm>
          <Actions>
            <SubmitButton>{t('staff:places.confirm')}</SubmitButton>
            <LinkButton href={listPath(c)} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      ) : (
        <StepUpFirst c={c} facts={permitted.facts} />
      )}
    </>,
  );
}

/** What an officer cannot confirm: here there is no second operator to turn to. */
function problemText(c: Page, problem: string): string {
  return c.get('t')(problem === 'oneself' ? 'staff:places.oneself' : `staff:problem.${problem}`);
}

async function confirm(c: Page, deps: StaffDeps): Promise<Response> {
  const confirmed = await confirmPlaceRole(deps, requireActing(c), idOf(c));
  if (confirmed.ok) return redirectDone(c, listPath(c), 'staff:done.confirmed');
  const problem = confirmed.error;
  if (typeof problem !== 'string') return refusedPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  if (problem === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  return problemPage(c, 'conflict', { detail: problemText(c, problem) });
}

async function endPage(c: Page, deps: StaffDeps): Promise<Response> {
  const t = c.get('t');
  const viewed = await viewPlaceRole(deps, requireActing(c), idOf(c), 'ended');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, appointment } = viewed.value;
  if (appointment === undefined) return notFoundPage(c);
  if (appointment.endedAt !== null)
    return problemPage(c, 'conflict', { detail: problemText(c, 'already-ended') });
  const name = appointment.acceptedByName ?? appointment.name;
  return renderBusinessPage(
    c,
    permitted,
    frame(c, t('staff:end.title', { name }), true),
    <>
      <p>{t('staff:end.text', { name })}</p>
      <DescriptionList items={facts(c, appointment)} />
      <PostForm>
        <Actions>
          <SubmitButton color="danger">{t('staff:end.button')}</SubmitButton>
          <LinkButton href={listPath(c)} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function end(c: Page, deps: StaffDeps): Promise<Response> {
  const ended = await endPlaceRole(deps, requireActing(c), idOf(c));
  if (ended.ok) return redirectDone(c, listPath(c), 'staff:done.ended');
  if (ended.error === 'unknown') return notFoundPage(c);
  if (ended.error === 'already-ended')
    return problemPage(c, 'conflict', { detail: problemText(c, 'already-ended') });
  return refusedPage(c, ended.error);
}
