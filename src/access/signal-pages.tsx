import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { Actions, Alert, DateText, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import type { AccessDeps } from './mandates.ts';
import type { OpenSignal } from './signal-records.ts';
import { answerSignal, type SignalAnswer } from './signals.ts';
import { businessPath, refusedPage, requireActing } from './web.tsx';

const LIST = '/business/access';

type Deps = Pick<AccessDeps, 'database'>;

/** "Was this you?" for what does not look right in the business. */
export function createSignalPages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.post(`${LIST}/signals/:signal`, (c) => answer(c, deps));
  return app;
}

type SignalsProps = { readonly signals: readonly OpenSignal[]; readonly acting: ActingFor };

/** What does not look right and nobody has answered, each with its two answers: on the Access page. */
export function Signals({ signals, acting }: SignalsProps) {
  const { t } = useRequest();
  if (signals.length === 0) return null;
  return (
    <Section title={t('access:signal.title')}>
      {signals.map((signal) => (
        <SignalAlert signal={signal} acting={acting} />
      ))}
    </Section>
  );
}

function SignalAlert({ signal, acting }: { readonly signal: OpenSignal; readonly acting: ActingFor }) {
  const { t } = useRequest();
  const { id, kind, personName: person, vendorName: vendor, facts } = signal;
  const words = { person, vendor: vendor ?? '', count: String(facts['count'] ?? '') };
  return (
    <Alert color="warning" title={t(`access:signal.${kind}.title`, words)}>
      <p>{t(`access:signal.${kind}.text`, words)}</p>
      <p>
        {t('access:signal.found')} <DateText date={signal.foundAt} time />
      </p>
      <p>{t(vendor === null ? 'access:signal.noHappens' : 'access:signal.noHappensVendor', words)}</p>
      {signal.aboutReader ? <p>{t('access:signal.aboutReader')}</p> : null}
      <Actions>
        <PostForm action={businessPath(acting, `${LIST}/signals/${id}`)} class="form inline">
          <HiddenField name="answer" value="yes" />
          <SubmitButton variant="secondary" size="sm">
            {t('access:signal.yes')}
          </SubmitButton>
        </PostForm>
        <PostForm action={businessPath(acting, `${LIST}/signals/${id}`)} class="form inline">
          <HiddenField name="answer" value="no" />
          <SubmitButton variant="secondary" color="danger" size="sm">
            {t(vendor === null ? 'access:signal.no' : 'access:signal.noVendor', words)}
          </SubmitButton>
        </PostForm>
      </Actions>
    </Alert>
  );
}

const ANSWERS: Readonly<Record<'yes' | 'no', (c: Context<AppEnv>) => SignalAnswer>> = {
  yes: () => ({ answer: 'confirmed' }),
  no: (c) => ({ answer: 'denied', reason: c.get('t')('access:signal.freezeReason'), sessions: 'ended' }),
};

const answerForm = z.object({ answer: z.enum(['yes', 'no']) });

async function answer(c: Context<AppEnv>, deps: Deps) {
  const acting = requireActing(c);
  const parsed = parseForm(answerForm, await readForm(c));
  const given = parsed.ok ? ANSWERS[parsed.value.answer](c) : undefined;
  const answered = await answerSignal(deps, acting, c.req.param('signal') ?? '', given);
  if (answered.ok) {
    if (answered.value.ownSessionEnded) return c.redirect('/logged-out', 303);
    const stopped = answered.value.frozen ? 'signalFrozen' : 'signalDenied';
    const done = given?.answer === 'denied' ? stopped : 'signalConfirmed';
    return redirectDone(c, businessPath(acting, LIST), `access:done.${done}`);
  }
  switch (answered.error) {
    case 'unknown':
      return notFoundPage(c);
    case 'no-answer':
      return problemPage(c, 'badRequest');
    case 'answered':
      return redirectDone(c, businessPath(acting, LIST), 'access:done.signalAnswered');
    case 'same-browser':
      return problemPage(c, 'conflict', { detail: c.get('t')('access:signal.sameBrowser') });
    default:
      return refusedPage(c, answered.error);
  }
}
