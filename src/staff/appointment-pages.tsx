import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { stepUpPath } from '../access/index.ts';
import { STAFF_ROLES, type StaffRole } from '../database/transaction.ts';
import { osloToday } from '../kernel/dates.ts';
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
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  toDay,
} from '../web/form-parsing.ts';
import { DateField, PostForm, RadioGroup, Select, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import type { StaffActing } from './acting.ts';
import {
  confirmAppointment,
  endAppointment,
  openProposalForm,
  proposeAppointment,
  type ProposeProblem,
  type StaffDeps,
  viewAppointment,
  viewAppointments,
} from './appointments.ts';
import type { Appointment } from './records.ts';
import {
  type AppointmentState,
  AUTHORITIES,
  confirmProblem,
  isCheckerRole,
  latestAppointmentDay,
} from './rules.ts';
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
      <Appointments c={c} caption={t('staff:list.current')} rows={current} list={LIST} />
      {past.length === 0 ? null : (
        <Section title={t('staff:list.past')}>
          <Appointments c={c} caption={t('staff:list.past')} rows={past} />
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
  /** Where they are ended from; left out for those that are over. */
  readonly list?: string;
};

export function Appointments({ c, caption, rows, list }: AppointmentsProps) {
  const t = c.get('t');
  return (
    <Table
      caption={caption}
      captionHidden
      rows={rows}
      empty={<EmptyState title={t('staff:list.none')} />}
      columns={[
        { header: t('staff:column.who'), cell: (row) => <Who row={row} /> },
        { header: t('staff:column.role'), cell: (row) => <RoleAndPlace c={c} row={row} /> },
        { header: t('staff:column.state'), cell: (row) => <State c={c} row={row} /> },
        {
          header: t('staff:column.since'),
          cell: (row) => (row.approvedAt === null ? '–' : <DateText date={row.approvedAt} />),
        },
        {
          header: t('staff:column.until'),
          cell: (row) => <DateText date={row.endedAt ?? new Date(row.endsAt.getTime() - 1)} />,
        },
        { header: t(eyesOf(rows[0])), cell: (row) => <Eyes c={c} row={row} /> },
        ...(list === undefined
          ? []
          : [
              {
                header: '',
                align: 'end' as const,
                cell: (row: Appointment) => (
                  <LinkButton
                    href={`${list}/${row.id}/end`}
                    variant="secondary"
                    color="danger"
                    size="sm"
                    label={t('staff:list.endFull', { name: row.acceptedByName ?? row.name })}
                  >
                    {t('staff:list.end')}
                  </LinkButton>
                ),
              },
            ]),
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

/** What an authority is called; its code where there is no name for it. */
export function authorityName(c: Context<AppEnv>, authority: string): string {
  const key = `staff:authority.${authority}`;
  return c.get('web').translator.has(c.get('language'), key) ? c.get('t')(key) : authority;
}

/** The role, where a checker's holds, and whom a case officer writes for. */
export function RoleAndPlace({ c, row }: { readonly c: Context<AppEnv>; readonly row: Appointment }) {
  return (
    <>
      {c.get('t')(`staff:role.${row.role}`)}
      {row.place === null ? null : <p>{row.place}</p>}
      {row.role === 'case-officer' ? <p>{authorityName(c, row.authority)}</p> : null}
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

/** What the authority gives takes four eyes; an officer stands by it alone. */
const eyesOf = (row: Appointment | undefined): string =>
  row === undefined || row.businessId === null ? 'staff:column.eyes' : 'staff:places.by';

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

const day = z.string({ error: 'web:form.date' }).transform(toDay());

/** What every proposal says, whoever makes it. */
export const proposalFields = {
  name: z.string().max(100),
  email: z.email({ error: 'web:form.email' }).max(200),
  firstDay: day.optional(),
  lastDay: day,
};

const proposalForm = z
  .object({
    ...proposalFields,
    role: z.enum(STAFF_ROLES, { error: 'web:form.choose' }),
    place: z.string().max(120).optional(),
    authority: z.enum(AUTHORITIES, { error: 'web:form.choose' }).optional(),
  })
  .superRefine(({ role, place }, context) => {
    if (isCheckerRole(role) && place === undefined)
      context.addIssue({ code: 'custom', path: ['place'], message: 'staff:problem.no-place' });
  })
  .transform(({ place = null, authority = AUTHORITIES[0], ...given }) => ({
    ...given,
    place: isCheckerRole(given.role) ? place : null,
    authority: given.role === 'case-officer' ? authority : undefined,
  }));

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
        <ProposalFields t={t} roles={STAFF_ROLES} placeHint="staff:propose.placeHint" now={now} />
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

type ProposalFieldsProps = {
  readonly t: Translate;
  readonly roles: readonly StaffRole[];
  readonly placeHint: string;
  readonly now: Date;
};

/** Who is to get which role, where and for how long. */
export function ProposalFields({ t, roles, placeHint, now }: ProposalFieldsProps) {
  const days = { min: osloToday(now), max: latestAppointmentDay(now) };
  return (
    <>
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
        choices={roles.map((role) => ({
          value: role,
          label: t(`staff:role.${role}`),
          description: t(`staff:may.${role}`),
        }))}
      />
      {roles.includes('case-officer') ? (
        <Select
          name="authority"
          label={t('staff:propose.authority')}
          description={t('staff:propose.authorityHint')}
          optional
          choices={AUTHORITIES.map((one) => ({ value: one, label: t(`staff:authority.${one}`) }))}
        />
      ) : null}
      <TextField name="place" label={t('staff:propose.place')} description={t(placeHint)} maxlength={120} />
      <DateField
        name="firstDay"
        label={t('staff:propose.firstDay')}
        description={t('staff:propose.firstDayHint')}
        {...days}
      />
      <DateField
        name="lastDay"
        label={t('staff:propose.lastDay')}
        description={t('staff:propose.lastDayHint')}
        {...days}
      />
    </>
  );
}

/** The form again, with what is in the way beside the field that it is about. */
export function proposalProblem(form: FormData, problem: ProposeProblem): FormState {
  const field = {
    'already-proposed': 'email',
    'too-many-today': 'email',
    'begins-late': 'firstDay',
    past: 'lastDay',
    'too-late': 'lastDay',
  }[problem];
  return formWithErrors(form, { [field]: `staff:problem.${problem}` });
}

async function propose(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(proposalForm, form);
  if (!parsed.ok) return proposalPage(c, deps, acting, parsed.error);
  const proposed = await proposeAppointment(deps, acting, parsed.value);
  if (proposed.ok) return redirectDone(c, LIST, 'staff:done.proposed');
  if (typeof proposed.error !== 'string') return refusedStaffPage(c, proposed.error);
  return proposalPage(c, deps, acting, proposalProblem(form, proposed.error));
}

// Confirming and ending ----------------------------------------------------------------------------------------------

/** What an appointment comes to, before it is confirmed or ended. */
export function facts(c: Context<AppEnv>, appointment: Appointment) {
  const t = c.get('t');
  return [
    { term: t('staff:confirm.invited'), value: appointment.name },
    { term: t('staff:propose.email'), value: appointment.email },
    { term: t('staff:confirm.verified'), value: appointment.acceptedByName ?? t('staff:confirm.nobody') },
    { term: t('staff:column.role'), value: t(`staff:role.${appointment.role}`) },
    { term: t('staff:confirm.may'), value: t(`staff:may.${appointment.role}`) },
    ...(appointment.place === null ? [] : [{ term: t('staff:propose.place'), value: appointment.place }]),
    ...(appointment.role === 'case-officer'
      ? [{ term: t('staff:propose.authority'), value: authorityName(c, appointment.authority) }]
      : []),
    ...(appointment.startsAt === null
      ? []
      : [{ term: t('staff:propose.firstDay'), value: <DateText date={appointment.startsAt} /> }]),
    {
      term: t('staff:column.until'),
      value: <DateText date={new Date(appointment.endsAt.getTime() - 1)} />,
    },
    { term: t(eyesOf(appointment)), value: <Eyes c={c} row={appointment} /> },
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
