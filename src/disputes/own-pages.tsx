import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  asOneself,
  type Oneself,
  ownCardsPath,
  ownDisputesPath,
  ownWorkerDisputePath,
} from '../cards/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { Actions, Alert, Card, EmptyState, Lead, Link, LinkButton, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { renderWorkerPage } from '../web/worker-languages.tsx';
import {
  bringOwnDispute,
  makeOwnDispute,
  type OwnDisputeDeps,
  seeDisputable,
  seeOwnDispute,
  seeOwnDisputes,
} from './actions.ts';
import { Course } from './parts.tsx';
import type { Dispute, Disputed } from './records.ts';
import { DISPUTE_KINDS, disputeState, LONGEST_TEXT, mayBring } from './rules.ts';
import words from './worker-words.json' with { type: 'json' };

type Page = Context<AppEnv>;

/** Where something is said to be wrong with a card, or without one with what an employer has recorded. */
const MAKE = { card: `${ownCardsPath}/:card/dispute`, worker: ownWorkerDisputePath(':worker') } as const;
const BRING = `${ownDisputesPath}/:dispute/bring`;

/** The worker's own pages: to say that something is wrong, to see what is answered, and to bring it to case officers. */
export function createOwnDisputePages(deps: OwnDisputeDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const mine = (work: (c: Page, self: Oneself) => Promise<Response>) => (c: Page) =>
    asOneself(c, words, (self) => work(c, self));
  app.get(
    ownDisputesPath,
    mine((c, self) => listPage(c, deps, self)),
  );
  for (const kind of ['card', 'worker'] as const) {
    app.get(
      MAKE[kind],
      mine((c, self) => makePage(c, deps, self, { kind, id: idOf(c, kind) }, emptyForm)),
    );
    app.post(
      MAKE[kind],
      mine((c, self) => receive(c, deps, self, { kind, id: idOf(c, kind) })),
    );
  }
  app.get(
    BRING,
    mine((c, self) => bringPage(c, deps, self, emptyForm)),
  );
  app.post(
    BRING,
    mine((c, self) => receiveBrought(c, deps, self)),
  );
  return app;
}

/** What is not an id is looked for all the same, so that it is refused as an id that leads nowhere is. */
function idOf(c: Page, name: Disputed['kind'] | 'dispute'): string {
  const id = c.req.param(name);
  return isUuid(id) ? id : '00000000-0000-0000-0000-000000000000';
}

const crumbs = ({ spoken: { t, query } }: Oneself) => [
  { label: t('disputes:own.cards'), href: ownCardsPath + query },
];

const statusOf = (state: FormState) => (Object.keys(state.errors).length > 0 ? 422 : 200);

// What was said -------------------------------------------------------------------------------------------------------

async function listPage(c: Page, deps: OwnDisputeDeps, self: Oneself): Promise<Response> {
  const { t, query } = self.spoken;
  const { disputes, now } = await seeOwnDisputes(deps, self.session.tokenHash);
  return renderWorkerPage(
    c,
    self.spoken,
    { path: ownDisputesPath, title: t('disputes:own.title'), narrow: true, breadcrumbs: crumbs(self) },
    disputes.length === 0 ? (
      <EmptyState title={t('disputes:own.none')}>
        <p>{t('disputes:own.noneText')}</p>
      </EmptyState>
    ) : (
      <Stack>
        <Lead>{t('disputes:own.lead')}</Lead>
        {disputes.map((dispute) => (
          <Card title={dispute.businessName}>
            <Course c={c} dispute={dispute} now={now} />
            {mayBring(disputeState(dispute, now)) ? (
              <Actions>
                <LinkButton
                  href={`${ownDisputesPath}/${dispute.id}/bring${query}`}
                  variant="secondary"
                  label={t('disputes:own.bringOf', { what: t(`disputes:kind.${dispute.kind}`) })}
                >
                  {t('disputes:own.bring')}
                </LinkButton>
              </Actions>
            ) : null}
          </Card>
        ))}
      </Stack>
    ),
  );
}

// Saying so -----------------------------------------------------------------------------------------------------------

async function makePage(
  c: Page,
  deps: OwnDisputeDeps,
  self: Oneself,
  about: Disputed,
  state: FormState,
): Promise<Response> {
  const { t, query } = self.spoken;
  const seen = await seeDisputable(deps, self.session.tokenHash, about);
  if (seen === undefined) return notFoundPage(c);
  const { card } = seen;
  const employer = (card ?? seen.worker).employerName;
  const path = MAKE[about.kind].replace(`:${about.kind}`, about.id);
  return renderWorkerPage(
    c,
    self.spoken,
    { path, title: t('disputes:own.make'), narrow: true, status: statusOf(state), breadcrumbs: crumbs(self) },
    <>
      <Lead>
        {card === undefined
          ? t('disputes:own.whichWorker', { employer })
          : t('disputes:own.which', { number: card.number, employer })}
      </Lead>
      <p>{t('disputes:own.how', { employer, days: deps.answerDays })}</p>
      {card?.blockedAt === null ? (
        <Alert color="info">
          <p>{t('disputes:own.stillValid')}</p>
          <p>
            <Link href={`${ownCardsPath}/${card.id}/report${query}`}>{t('disputes:own.report')}</Link>
          </p>
        </Alert>
      ) : null}
      <PostForm action={path + query} state={state}>
        <RadioGroup
          name="kind"
          label={t('disputes:own.kind')}
          choices={DISPUTE_KINDS.map((value) => ({ value, label: t(`disputes:kind.${value}`) }))}
        />
        <Textarea
          name="text"
          label={t('disputes:own.text')}
          description={t('disputes:own.textHint', { most: LONGEST_TEXT })}
          maxlength={LONGEST_TEXT}
          rows={5}
        />
        <Actions>
          <SubmitButton>{t('disputes:own.send')}</SubmitButton>
          <LinkButton href={ownCardsPath + query} variant="tertiary">
            {t('disputes:own.cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const text = z.string({ error: 'disputes:error.text' }).max(LONGEST_TEXT, { error: 'disputes:error.long' });
const makeForm = z.object({ kind: z.enum(DISPUTE_KINDS, { error: 'web:form.choose' }), text });

async function receive(c: Page, deps: OwnDisputeDeps, self: Oneself, about: Disputed): Promise<Response> {
  const form = await readForm(c);
  const parsed = parseForm(makeForm, form);
  if (!parsed.ok) return makePage(c, deps, self, about, parsed.error);
  const made = await makeOwnDispute(deps, self.session.tokenHash, { about, ...parsed.value });
  if (made.ok) return redirectDone(c, ownDisputesPath + self.spoken.query, 'disputes:done.made');
  if (made.error === 'missing') return notFoundPage(c);
  return makePage(c, deps, self, about, formWithErrors(form, { kind: `disputes:error.${made.error}` }));
}

// Bringing it to case officers ----------------------------------------------------------------------------------------

async function bringPage(c: Page, deps: OwnDisputeDeps, self: Oneself, state: FormState): Promise<Response> {
  const { t, query } = self.spoken;
  const seen = await seeOwnDispute(deps, self.session.tokenHash, idOf(c, 'dispute'));
  if (seen === undefined) return notFoundPage(c);
  if (!mayBring(disputeState(seen.dispute, seen.now))) return c.redirect(ownDisputesPath + query, 303);
  const path = `${ownDisputesPath}/${seen.dispute.id}/bring`;
  return renderWorkerPage(
    c,
    self.spoken,
    {
      path,
      title: t('disputes:own.bring'),
      narrow: true,
      status: statusOf(state),
      breadcrumbs: [...crumbs(self), { label: t('disputes:own.title'), href: ownDisputesPath + query }],
    },
    <>
      <Lead>{t('disputes:own.bringLead')}</Lead>
      <Summary c={c} dispute={seen.dispute} now={seen.now} />
      <PostForm action={path + query} state={state}>
        <Textarea
          name="text"
          label={t('disputes:own.bringText')}
          description={t('disputes:own.textHint', { most: LONGEST_TEXT })}
          maxlength={LONGEST_TEXT}
          rows={5}
        />
        <Actions>
          <SubmitButton>{t('disputes:own.bringSend')}</SubmitButton>
          <LinkButton href={ownDisputesPath + query} variant="tertiary">
            {t('disputes:own.cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

type SummaryProps = { readonly c: Page; readonly dispute: Dispute; readonly now: Date };

function Summary({ c, dispute, now }: SummaryProps) {
  return (
    <Card title={dispute.businessName}>
      <Course c={c} dispute={dispute} now={now} />
    </Card>
  );
}

async function receiveBrought(c: Page, deps: OwnDisputeDeps, self: Oneself): Promise<Response> {
  const parsed = parseForm(z.object({ text }), await readForm(c));
  if (!parsed.ok) return bringPage(c, deps, self, parsed.error);
  const { tokenHash } = self.session;
  const list = ownDisputesPath + self.spoken.query;
  if (await bringOwnDispute(deps, tokenHash, idOf(c, 'dispute'), parsed.value.text))
    return redirectDone(c, list, 'disputes:done.brought');
  const seen = await seeOwnDispute(deps, tokenHash, idOf(c, 'dispute'));
  return seen === undefined ? notFoundPage(c) : c.redirect(list, 303);
}
