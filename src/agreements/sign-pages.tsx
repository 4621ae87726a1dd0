import type { Hono } from 'hono';
import { z } from 'zod';
import { refusedPage, renderBusinessPage, requireActing, StepUp } from '../access/index.ts';
import { Actions, Alert, DescriptionList, Lead, LinkButton, Section, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { formTick, parseForm, readForm } from '../web/form-parsing.ts';
import { Checkbox, HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import { type AgreementDeps, signNewVersion, viewAgreement } from './actions.ts';
import {
  DocumentText,
  failed,
  idOf,
  languageOf,
  ONE,
  type Page,
  pathTo,
  documentTerms,
  frameOf,
} from './parts.tsx';
import { type AgreementText, differences, earlierText } from './rules.ts';

/** Signing what the vendor has signed since, in place of the agreement there is. */
export function addSignPages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(`${ONE}/sign`, (c) => signPage(c, deps));
  app.post(`${ONE}/sign`, (c) => sign(c, deps));
}

async function signPage(c: Page, deps: AgreementDeps, problem?: string) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c), 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  const { agreement, document, newer, side } = found;
  if (side === 'vendor') return failed(c, 'not-the-business');
  if (agreement.endedAt !== null) return failed(c, 'ended');
  if (newer === undefined) return failed(c, 'no-new-version');
  const t = c.get('t');
  const language = languageOf(c);
  const before = document?.text[language] ?? earlierText(agreement.version, language);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...frameOf(c, 'business'),
      title: t('agreements:sign.title', { name: agreement.vendorName }),
      status: problem === undefined ? 200 : 409,
    },
    <>
      {problem === undefined ? null : (
        <Alert color="warning" live>
          {problem}
        </Alert>
      )}
      <Lead>{t('agreements:sign.lead')}</Lead>
      {before === undefined ? null : <Changes before={before} after={newer.text[language]} />}
      <DescriptionList items={documentTerms(c, newer)} />
      <Actions>
        <LinkButton href={pathTo(c, `/vendors/${agreement.vendorNumber}/agreement.pdf`)} variant="secondary">
          {t('agreements:asPdf')}
        </LinkButton>
      </Actions>
      <DocumentText c={c} text={newer.text[language]} path={pathTo(c, `/${agreement.id}/sign`)} />
      <StepUp c={c} permitted={permitted} preview={{ otherOfficers: [] }}>
        <PostForm>
          <HiddenField name="shown" value={newer.sha256.toString('hex')} />
          <Checkbox name="agreement" label={t('agreements:sign.accept', { name: agreement.vendorName })} />
          <Actions>
            <SubmitButton>{t('agreements:sign.button')}</SubmitButton>
          </Actions>
        </PostForm>
      </StepUp>
    </>,
  );
}

/** What is different, in words: what stood there, and what stands there now. */
function Changes({ before, after }: { readonly before: AgreementText; readonly after: AgreementText }) {
  const { t } = useRequest();
  const changed = differences(before, after).filter(({ kind }) => kind !== 'same');
  return (
    <Section title={t('agreements:changes.title')}>
      {changed.length === 0 ? <p>{t('agreements:changes.none')}</p> : null}
      {changed.map((one) => (
        <>
          <h3 class="ds-heading" data-size="2xs">
            {one.heading} <Tag color="info">{t(`agreements:changes.${one.kind}`)}</Tag>
          </h3>
          {one.before.length === 0 ? null : (
            <p>
              <strong>{t('agreements:changes.before')}</strong> <del>{one.before.join(' ')}</del>
            </p>
          )}
          {one.after.length === 0 ? null : (
            <p>
              <strong>{t('agreements:changes.after')}</strong> <ins>{one.after.join(' ')}</ins>
            </p>
          )}
        </>
      ))}
    </Section>
  );
}

const signForm = z.object({ shown: z.string(), agreement: formTick });

async function sign(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(signForm, await readForm(c));
  const t = c.get('t');
  if (!parsed.ok || !parsed.value.agreement) return signPage(c, deps, t('agreements:sign.notAccepted'));
  const signed = await signNewVersion(deps, requireActing(c), idOf(c), parsed.value.shown);
  if (signed.ok) return redirectDone(c, pathTo(c, `/${signed.value}`), 'agreements:done.signed');
  if (signed.error === 'changed') return signPage(c, deps, t('agreements:problem.changed'));
  return failed(c, signed.error);
}
