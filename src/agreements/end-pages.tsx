import type { Hono } from 'hono';
import { z } from 'zod';
import { refusedPage, renderBusinessPage, requireActing, StepUp } from '../access/index.ts';
import { addDays, endToLastDay, osloToday, parsePlainDate } from '../kernel/dates.ts';
import { Actions, DateText, Lead, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { DateField, PostForm, RadioGroup, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import {
  type AgreementDeps,
  confirmDeletion,
  DELETION_OUTCOMES,
  endAgreement,
  objectTo,
  viewAgreement,
} from './actions.ts';
import { failed, idOf, ONE, type Page, pathTo, frameOf } from './parts.tsx';

/** How an agreement ends: by notice, by an objection to a sub-processor, and with the vendor's receipt for the deletion. */
export function addEndPages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(`${ONE}/end`, (c) => endPage(c, deps, emptyForm));
  app.post(`${ONE}/end`, (c) => end(c, deps));
  app.post(`${ONE}/objections`, (c) => object(c, deps));
  app.get(`${ONE}/deletion`, (c) => deletionPage(c, deps, emptyForm));
  app.post(`${ONE}/deletion`, (c) => confirm(c, deps));
}

async function endPage(c: Page, deps: AgreementDeps, state: FormState) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c), 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  if (found.agreement.endedAt !== null) return failed(c, 'ended');
  const { agreement, side } = found;
  const t = c.get('t');
  const today = osloToday(permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frameOf(c, side),
      title: t('agreements:end.title', {
        name: side === 'business' ? agreement.vendorName : agreement.businessName,
      }),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('agreements:end.lead')}</Lead>
      <PostForm state={state}>
        <RadioGroup
          name="when"
          label={t('agreements:end.when')}
          value="now"
          choices={[
            { value: 'now', label: t('agreements:end.now') },
            { value: 'later', label: t('agreements:end.later') },
          ]}
        />
        <DateField
          name="lastDay"
          label={t('agreements:end.lastDay')}
          optional
          min={today}
          {...(agreement.endsAt === null ? {} : { max: addDays(endToLastDay(agreement.endsAt), -1) })}
        />
        <Textarea name="note" label={t('agreements:end.note')} optional maxlength={500} rows={3} />
        <Actions>
          <SubmitButton color="danger">{t('agreements:end.button')}</SubmitButton>
          <LinkButton href={pathTo(c, `/${agreement.id}`)} variant="tertiary">
            {t('agreements:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const endForm = z.object({
  when: z.enum(['now', 'later']),
  lastDay: z.string().optional(),
  note: z.string().max(500).default(''),
});

async function end(c: Page, deps: AgreementDeps) {
  const form = await readForm(c);
  const parsed = parseForm(endForm, form);
  if (!parsed.ok) return endPage(c, deps, parsed.error);
  const { when, note } = parsed.value;
  const lastDay = when === 'now' ? null : parsePlainDate(parsed.value.lastDay ?? '');
  if (lastDay === undefined)
    return endPage(c, deps, formWithErrors(form, { lastDay: 'agreements:problem.day' }));
  const ended = await endAgreement(deps, requireActing(c), idOf(c), { lastDay, note });
  if (ended.ok) return redirectDone(c, pathTo(c, `/${idOf(c)}`), `agreements:done.${ended.value}`);
  if (ended.error === 'day')
    return endPage(c, deps, formWithErrors(form, { lastDay: 'agreements:problem.day' }));
  return failed(c, ended.error);
}

const objectionForm = z.object({
  subProcessor: z.string().default(''),
  note: z.string().max(500).default(''),
});

async function object(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(objectionForm, await readForm(c));
  if (!parsed.ok) return notFoundPage(c);
  const { subProcessor: subProcessorId, note } = parsed.value;
  const objected = await objectTo(deps, requireActing(c), idOf(c), { subProcessorId, note });
  return objected.ok
    ? redirectDone(c, pathTo(c, `/${idOf(c)}`), 'agreements:done.objected')
    : failed(c, objected.error);
}

async function deletionPage(c: Page, deps: AgreementDeps, state: FormState) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c), 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined || found.side === 'business') return notFoundPage(c);
  const { agreement } = found;
  if (agreement.deletionDueAt === null) return failed(c, 'no-deletion');
  if (agreement.deletionConfirmedAt !== null) return failed(c, 'confirmed');
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frameOf(c, 'vendor'),
      title: t('agreements:deletion.title', { name: agreement.businessName }),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('agreements:deletion.lead')}</Lead>
      <p>
        {t('agreements:deletion.due')} <DateText date={endToLastDay(agreement.deletionDueAt)} />
      </p>
      <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
        <PostForm state={state}>
          <RadioGroup
            name="outcome"
            label={t('agreements:deletion.what')}
            choices={DELETION_OUTCOMES.map((value) => ({
              value,
              label: t(`agreements:deletion.choice.${value}`),
            }))}
          />
          <Textarea
            name="statement"
            label={t('agreements:deletion.statement')}
            description={t('agreements:deletion.statementHint')}
            maxlength={1000}
          />
          <Actions>
            <SubmitButton>{t('agreements:deletion.confirm')}</SubmitButton>
          </Actions>
        </PostForm>
      </StepUp>
    </>,
  );
}

const deletionForm = z.object({ outcome: z.enum(DELETION_OUTCOMES), statement: z.string().max(1000) });

async function confirm(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(deletionForm, await readForm(c));
  if (!parsed.ok) return deletionPage(c, deps, parsed.error);
  const confirmed = await confirmDeletion(deps, requireActing(c), idOf(c), parsed.value);
  return confirmed.ok
    ? redirectDone(c, pathTo(c, `/${idOf(c)}`), 'agreements:done.deletionConfirmed')
    : failed(c, confirmed.error);
}
