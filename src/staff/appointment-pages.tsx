import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { stepUpPath } from '../access/index.ts';
import { STAFF_ROLES } from '../database/transaction.ts';
import { osloToday, parsePlainDate } from '../kernel/dates.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  LinkButton,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { DateField, PostForm, RadioGroup, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import type { StaffActing } from './acting.ts';
import {
  confirmAppointment,
  endAppointment,
  openProposalForm,
  proposeAppointment,
  type StaffDeps,
  viewAppointment,
  viewAppointments,
} from './appointments.ts';
import type { Appointment } from './records.ts';
import { type AppointmentState, confirmProblem, latestAppointmentDay } from './rules.ts';
import { refusedStaffPage, withStaff } from './web.tsx';

const LIST = '/staff/appointments';

/** The operator's pages: who has which role, proposing, confirming as the second pair of eyes, and ending. */
export function addAppointmentPages(app: Hono<AppEnv>, deps: StaffDeps): void {
  const operator = (handler: Handler) => withStaff('operator', (c, acting) => handler(c, deps, acting));
  app.get(LIST, operator(listPage));
  app.get(
    `${LIST}/new`,
    operator((c, given, acting) => proposalPage(c, given, acting, emptyForm)),
  );
  app.post(`${LIST}/new`, operator(propose));
  app.get(`${LIST}/:appointment/confirm`, operator(confirmPage));
  app.post(`${LIST}/:appointment/confirm`, operator(confirm));
  app.get(`${LIST}/:appointment/end`, operator(endPage));
  app.post(`${LIST}/:appointment/end`, operator(end));
}

type Handler = (c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) => Response | Promise<Response>;

const crumbs = (c: Context<AppEnv>, inside: boolean) => [
  { label: c.get('t')('staff:home.title'), href: '/staff' },
  ...(inside ? [{ label: c.get('t')('staff:list.title'), href: LIST }] : []),
];

const stateColors = {
  proposed: 'info',
  'link-expired': 'neutral',
  accepted: 'warning',
  'in-force': 'success',
  'run-out': 'neutral',
  ended: 'neutral',
} as const satisfies Record<AppointmentState, string>;

// The list -----------------------------------------------------------------------------------------------------------

async function listPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const viewed = await viewAppointments(deps, acting);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { permitted, current, past } = viewed.value;
  const t = c.get('t');
  const waiting = current.filter((one) => one.state === 'accepted');
  return renderPage(
    c,
    { title: t('staff:list.title'), breadcrumbs: crumbs(c, false) },
    <>
      <Lead>{t('staff:list.lead')}</Lead>
      {waiting.map((one) => (
        <Waiting c={c} appointment={one} operatorId={permitted.person.id} />
      ))}
      <Actions>
        <LinkButton href={`${LIST}/new`}>{t('staff:list.propose')}</LinkButton>
      </Actions>
      <Appointments c={c} caption={t('staff:list.current')} rows={current} ending />
      {past.length === 0 ? null : (
        <Section title={t('staff:list.past')}>
          <Appointments c={c} caption={t('staff:list.past')} rows={past} ending={false} />
        </Section>
      )}
    </>,
  );
}

type WaitingProps = {
  readonly c: Context<AppEnv>;
  readonly appointment: Appointment;
  readonly operatorId: string;
};

/** Somebody has logged in through their link: what waits for a second operator. */
function Waiting({ c, appointment, operatorId }: WaitingProps) {
  const t = c.get('t');
  const verified = appointment.acceptedByName ?? '';
  const problem = confirmProblem(appointment, operatorId);
  return (
    <Alert title={t('staff:waiting.title', { name: verified, role: t(`staff:role.${appointment.role}`) })}>
      <p>{t('staff:waiting.text', { name: appointment.name, by: appointment.proposedByName ?? '' })}</p>
      <Actions>
        <LinkButton
          href={`${LIST}/${appointment.id}/confirm`}
          label={t('staff:waiting.confirmFull', { name: verified })}
          disabledReason={problem === undefined ? undefined : t(`staff:problem.${problem}`)}
        >
          {t('staff:waiting.confirm')}
        </LinkButton>
      </Actions>
    </Alert>
  );
}

type AppointmentsProps = {
  readonly c: Context<AppEnv>;
  readonly caption: string;
  readonly rows: readonly Appointment[];
  readonly ending: boolean;
};

function Appointments({ c, caption, rows, ending }: AppointmentsProps) {
  const t = c.get('t');
  return (
    <Table
      caption={caption}
      captionHidden
      rows={rows}
      empty={<EmptyState title={t('staff:list.none')} />}
      columns={[
        { header: t('staff:column.who'), cell: (row) => <Who row={row} /> },
        { header: t('staff:column.role'), cell: (row) => t(`staff:role.${row.role}`) },
        { header: t('staff:column.state'), cell: (row) => <State c={c} row={row} /> },
        {
          header: t('staff:column.since'),
          cell: (row) => (row.approvedAt === null ? '–' : <DateText date={row.approvedAt} />),
        },
        {
          header: t('staff:column.until'),
          cell: (row) => <DateText date={row.endedAt ?? new Date(row.endsAt.getTime() - 1)} />,
        },
        { header: t('staff:column.eyes'), cell: (row) => <Eyes c={c} row={row} /> },
        ...(ending
          ? [
              {
                header: '',
                align: 'end' as const,
                cell: (row: Appointment) => (
                  <LinkButton
                    href={`${LIST}/${row.id}/end`}
                    variant="secondary"
                    color="danger"
                    size="sm"
                    label={t('staff:list.endFull', { name: row.acceptedByName ?? row.name })}
                  >
                    {t('staff:list.end')}
                  </LinkButton>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Who({ row }: { readonly row: Appointment }) {
  return (
    <>
      {row.acceptedByName ?? row.name}
      <p>{row.email}</p>
    </>
  );
}

function State({ c, row }: { readonly c: Context<AppEnv>; readonly row: Appointment }) {
  const t = c.get('t');
  return (
    <>
      <Tag color={stateColors[row.state]}>{t(`staff:state.${row.state}`)}</Tag>
      {row.endedByName === null ? null : <p>{t('staff:list.endedBy', { name: row.endedByName })}</p>}
    </>
  );
}

/** Who stands behind an appointment: the one who proposed it and the one who confirmed it. */
function Eyes({ c, row }: { readonly c: Context<AppEnv>; readonly row: Appointment }) {
  const t = c.get('t');
  if (row.proposedByName === null) return <>{t('staff:list.byCommand')}</>;
  return (
    <>
      <p>{t('staff:list.proposedBy', { name: row.proposedByName })}</p>
      {row.approvedByName === null ? null : (
        <p>{t('staff:list.confirmedBy', { name: row.approvedByName })}</p>
      )}
    </>
  );
}

// Proposing ----------------------------------------------------------------------------------------------------------

const proposalForm = z.object({
  role: z.enum(STAFF_ROLES, { error: 'web:form.choose' }),
  name: z.string().max(100),
  email: z.email({ error: 'web:form.email' }).max(200),
  lastDay: z.string({ error: 'web:form.date' }).transform((text, context) => {
    const day = parsePlainDate(text);
    if (day !== undefined) return day;
    context.addIssue({ code: 'custom', message: 'web:form.date' });
    return z.NEVER;
  }),
});

async function proposalPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const opened = await openProposalForm(deps, acting);
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  const { now } = opened.value.permitted;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('staff:propose.title'),
      breadcrumbs: crumbs(c, true),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <p>{t('staff:propose.text')}</p>
      <PostForm state={state}>
        <TextField name="name" label={t('staff:propose.name')} maxlength={100} />
        <TextField
          name="email"
          label={t('staff:propose.email')}
          description={t('staff:propose.emailHint')}
          type="email"
          maxlength={200}
        />
        <RadioGroup
          name="role"
          label={t('staff:column.role')}
          choices={STAFF_ROLES.map((role) => ({
            value: role,
            label: t(`staff:role.${role}`),
            description: t(`staff:may.${role}`),
          }))}
        />
        <DateField
          name="lastDay"
          label={t('staff:propose.lastDay')}
          description={t('staff:propose.lastDayHint')}
          min={osloToday(now)}
          max={latestAppointmentDay(now)}
        />
        <Actions>
          <SubmitButton>{t('staff:propose.send')}</SubmitButton>
          <LinkButton href={LIST} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function propose(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(proposalForm, form);
  if (!parsed.ok) return proposalPage(c, deps, acting, parsed.error);
  const proposed = await proposeAppointment(deps, acting, parsed.value);
  if (proposed.ok) return redirectDone(c, LIST, 'staff:done.proposed');
  if (typeof proposed.error !== 'string') return refusedStaffPage(c, proposed.error);
  const field = proposed.error === 'already-proposed' ? 'email' : 'lastDay';
  const errors = { [field]: `staff:problem.${proposed.error}` };
  return proposalPage(c, deps, acting, formWithErrors(form, errors));
}

// Confirming and ending ----------------------------------------------------------------------------------------------

function facts(c: Context<AppEnv>, appointment: Appointment) {
  const t = c.get('t');
  return [
    { term: t('staff:confirm.invited'), value: appointment.name },
    { term: t('staff:propose.email'), value: appointment.email },
    { term: t('staff:confirm.verified'), value: appointment.acceptedByName ?? t('staff:confirm.nobody') },
    { term: t('staff:column.role'), value: t(`staff:role.${appointment.role}`) },
    { term: t('staff:confirm.may'), value: t(`staff:may.${appointment.role}`) },
    {
      term: t('staff:column.until'),
      value: <DateText date={new Date(appointment.endsAt.getTime() - 1)} />,
    },
    { term: t('staff:column.eyes'), value: <Eyes c={c} row={appointment} /> },
  ];
}

async function confirmPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const viewed = await viewAppointment(deps, acting, c.req.param('appointment') ?? '', 'confirm');
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { appointment, problem, fresh } = viewed.value;
  if (appointment === undefined) return notFoundPage(c);
  const t = c.get('t');
  if (problem !== undefined) return problemPage(c, 'conflict', { detail: t(`staff:problem.${problem}`) });
  const name = appointment.acceptedByName ?? '';
  return renderPage(
    c,
    { title: t('staff:confirm.title', { name }), breadcrumbs: crumbs(c, true), narrow: true },
    <>
      <p>{t('staff:confirm.text', { name, invited: appointment.name })}</p>
      <DescriptionList items={facts(c, appointment)} />
      {fresh ? (
        <PostForm>
          <Actions>
            <SubmitButton>{t('staff:confirm.button')}</SubmitButton>
            <LinkButton href={LIST} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      ) : (
        <Alert>
          <p>{t('access:stepUp.text')}</p>
          <Actions>
            <LinkButton href={stepUpPath(c.req.path)}>{t('access:stepUp.button')}</LinkButton>
          </Actions>
        </Alert>
      )}
    </>,
  );
}

async function confirm(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const confirmed = await confirmAppointment(deps, acting, c.req.param('appointment') ?? '');
  if (confirmed.ok) return redirectDone(c, LIST, 'staff:done.confirmed');
  const problem = confirmed.error;
  if (typeof problem !== 'string') return refusedStaffPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  if (problem === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  return problemPage(c, 'conflict', { detail: c.get('t')(`staff:problem.${problem}`) });
}

async function endPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const viewed = await viewAppointment(deps, acting, c.req.param('appointment') ?? '', 'end');
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { permitted, appointment } = viewed.value;
  if (appointment === undefined) return notFoundPage(c);
  const t = c.get('t');
  if (appointment.endedAt !== null)
    return problemPage(c, 'conflict', { detail: t('staff:problem.already-ended') });
  const name = appointment.acceptedByName ?? appointment.name;
  return renderPage(
    c,
    { title: t('staff:end.title', { name }), breadcrumbs: crumbs(c, true), narrow: true },
    <>
      <p>{t('staff:end.text', { name })}</p>
      {appointment.acceptedBy === permitted.person.id ? (
        <Alert color="warning">{t('staff:end.own')}</Alert>
      ) : null}
      <DescriptionList items={facts(c, appointment)} />
      <PostForm>
        <Actions>
          <SubmitButton color="danger">{t('staff:end.button')}</SubmitButton>
          <LinkButton href={LIST} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function end(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const ended = await endAppointment(deps, acting, c.req.param('appointment') ?? '');
  if (ended.ok) {
    // Whoever has ended their own is no operator any more.
    const own = ended.value.role === 'operator' && ended.value.acceptedBy === c.get('session')?.personId;
    return redirectDone(c, own ? '/staff' : LIST, 'staff:done.ended');
  }
  if (ended.error === 'unknown') return notFoundPage(c);
  if (ended.error === 'already-ended') {
    return problemPage(c, 'conflict', { detail: c.get('t')('staff:problem.already-ended') });
  }
  return refusedStaffPage(c, ended.error);
}
