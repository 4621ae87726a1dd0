import type { Hono } from 'hono';
import { refusedPage, renderBusinessPage, requireActing, RightList } from '../access/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { Actions, Alert, DateText, DescriptionList, Link, LinkButton, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import {
  type AgreementDeps,
  copyFile,
  documentFile,
  readDocument,
  vendorsFile,
  viewAgreement,
} from './actions.ts';
import {
  DeletionState,
  DocumentText,
  file,
  idOf,
  isOver,
  languageOf,
  LIST,
  officersOnly,
  ONE,
  type Page,
  pathTo,
  State,
  type StateProps,
  documentTerms,
  frameOf,
} from './parts.tsx';
import { CheckTable, RecordedFacts } from './recorded-pages.tsx';
import type { Agreement, SignedDocument, SubProcessor } from './records.ts';
import { earlierText } from './rules.ts';

/** One agreement with its text, its files and the vendor's sub-processors; and what a vendor stands by before it is signed. */
export function addOnePages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(`${LIST}/vendors/:holder`, (c) => documentPage(c, deps));
  app.get(`${LIST}/vendors/:holder/agreement.pdf`, async (c) =>
    file(c, await vendorsFile(deps, requireActing(c), c.req.param('holder')), 'document'),
  );
  app.get(ONE, (c) => agreementPage(c, deps));
  app.get(`${ONE}/agreement.pdf`, async (c) =>
    file(c, await copyFile(deps, requireActing(c), c.req.param('agreement')), 'agreement'),
  );
  app.get(`${ONE}/document.pdf`, async (c) =>
    file(c, await documentFile(deps, requireActing(c), c.req.param('agreement')), 'document'),
  );
}

async function documentPage(c: Page, deps: AgreementDeps) {
  const number = c.req.param('holder') ?? '';
  const read = await readDocument(deps, requireActing(c), number);
  if (!read.ok) return refusedPage(c, read.error);
  const { permitted, document } = read.value;
  if (document === undefined) return notFoundPage(c);
  const t = c.get('t');
  const path = pathTo(c, `/vendors/${number}`);
  return renderBusinessPage(
    c,
    permitted,
    { ...frameOf(c, 'business'), title: t('agreements:document.title') },
    <>
      <DescriptionList items={documentTerms(c, document)} />
      <Actions>
        <LinkButton href={`${path}/agreement.pdf`} variant="secondary">
          {t('agreements:asPdf')}
        </LinkButton>
      </Actions>
      <DocumentText c={c} text={document.text[languageOf(c)]} path={path} />
    </>,
  );
}

async function agreementPage(c: Page, deps: AgreementDeps) {
  const viewed = await viewAgreement(deps, requireActing(c), idOf(c));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, found } = viewed.value;
  if (found === undefined) return notFoundPage(c);
  const { agreement, document, recorded, newer, subProcessors, side } = found;
  const t = c.get('t');
  const other = side === 'business' ? agreement.vendorName : agreement.businessName;
  const path = pathTo(c, `/${agreement.id}`);
  const language = languageOf(c);
  const text = document?.text[language] ?? earlierText(agreement.version, language);
  const over = isOver(agreement, permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    { ...frameOf(c, side), title: t('agreements:one', { name: other }) },
    <>
      {newer === undefined || over || side === 'vendor' ? null : (
        <Alert color="warning" title={t('agreements:newer.title')}>
          <p>
            {t('agreements:newer.text')}{' '}
            {agreement.endsAt === null ? null : <DateText date={endToLastDay(agreement.endsAt)} />}
          </p>
          <Actions>
            <LinkButton href={`${path}/sign`} disabledReason={officersOnly(c, permitted)}>
              {t('agreements:newer.read')}
            </LinkButton>
          </Actions>
        </Alert>
      )}
      <AgreementFacts c={c} agreement={agreement} document={document} now={permitted.now} />
      <Actions>
        {agreement.copySha256 === null ? null : (
          <LinkButton href={`${path}/agreement.pdf`}>{t('agreements:signedCopy')}</LinkButton>
        )}
        {recorded === undefined ? null : (
          <LinkButton href={pathTo(c, `/recorded/${recorded.id}/agreement.pdf`)}>
            {t('agreements:recorded.download')}
          </LinkButton>
        )}
        {over ? null : (
          <LinkButton
            href={`${path}/end`}
            variant="secondary"
            color="danger"
            disabledReason={officersOnly(c, permitted)}
          >
            {t('agreements:end.button')}
          </LinkButton>
        )}
        {side === 'vendor' && agreement.deletionDueAt !== null && agreement.deletionConfirmedAt === null ? (
          <LinkButton href={`${path}/deletion`} disabledReason={officersOnly(c, permitted)}>
            {t('agreements:deletion.confirm')}
          </LinkButton>
        ) : null}
      </Actions>
      <SubProcessors
        list={subProcessors}
        now={permitted.now}
        objectPath={side === 'business' && !over ? `${path}/objections` : undefined}
        disabledReason={officersOnly(c, permitted)}
      />
      {recorded === undefined ? null : (
        <>
          <Section title={t('agreements:recorded.label')}>
            <RecordedFacts recorded={recorded} />
          </Section>
          <CheckTable checklist={recorded.checklist} />
        </>
      )}
      {text === undefined ? null : <DocumentText c={c} text={text} path={path} />}
    </>,
  );
}

type FactsProps = StateProps & { readonly c: Page; readonly document: SignedDocument | undefined };

function AgreementFacts({ c, agreement, document, now }: FactsProps) {
  const { t } = useRequest();
  return (
    <DescriptionList
      items={[
        { term: t('agreements:column.state'), value: <State agreement={agreement} now={now} /> },
        ...(agreement.endNote === '' ? [] : [{ term: t('agreements:end.note'), value: agreement.endNote }]),
        { term: t('agreements:column.deletion'), value: <DeletionState agreement={agreement} now={now} /> },
        ...(agreement.deletionConfirmedBy === null
          ? []
          : [
              {
                term: t('agreements:deletion.receipt'),
                value: `${agreement.deletionConfirmedBy}. ${agreement.deletionStatement ?? ''}`,
              },
            ]),
        ...(agreement.recorded ? [] : signedHere(c, agreement)),
        {
          term: t('agreements:column.version'),
          value:
            document === undefined ? (
              agreement.version
            ) : (
              <Link href={pathTo(c, `/${agreement.id}/document.pdf`)}>
                {`${document.version}, ${t('agreements:document.number', { number: document.number })}`}
              </Link>
            ),
        },
        ...(agreement.recorded
          ? []
          : [
              {
                term: t('agreements:document.hash'),
                value: <code class="break">{agreement.sha256.toString('hex')}</code>,
              },
            ]),
        ...(agreement.rights.length === 0
          ? []
          : [{ term: t('agreements:rights'), value: <RightList rights={agreement.rights} /> }]),
      ]}
    />
  );
}

/** Who has signed here, for which side. */
function signedHere(c: Page, agreement: Agreement) {
  const t = c.get('t');
  const party = (name: string, number: string) => `${name}, ${formatOrganisationNumber(number)}`;
  return [
    {
      term: t('agreements:side.business'),
      value: party(agreement.businessName, agreement.businessNumber),
    },
    {
      term: t('agreements:evidence.businessSigned'),
      value: (
        <>
          {agreement.signedByName}, <DateText date={agreement.signedAt} time />
        </>
      ),
    },
    { term: t('agreements:side.vendor'), value: party(agreement.vendorName, agreement.vendorNumber) },
    {
      term: t('agreements:document.vendorSigned'),
      value: (
        <>
          {agreement.vendorSignedByName}, <DateText date={agreement.vendorSignedAt} time />
        </>
      ),
    },
  ];
}

type SubProcessorsProps = {
  readonly list: readonly SubProcessor[];
  readonly now: Date;
  readonly objectPath: string | undefined;
  readonly disabledReason: string | undefined;
};

/** The vendor's sub-processors; to those that are not used yet the business may object. */
function SubProcessors({ list, now, objectPath, disabledReason }: SubProcessorsProps) {
  const { t } = useRequest();
  return (
    <Section title={t('agreements:subProcessors.title')}>
      {list.length === 0 ? (
        <p>{t('agreements:subProcessors.none')}</p>
      ) : (
        list.map((one) => (
          <>
            <p>
              <strong>{one.name}</strong>, {one.country}: {one.purpose}. {t('agreements:subProcessors.from')}{' '}
              <DateText date={one.startsAt} />
            </p>
            {objectPath === undefined || one.startsAt <= now ? null : (
              <PostForm action={objectPath}>
                <HiddenField name="subProcessor" value={one.id} />
                <p>{t('agreements:subProcessors.objectText')}</p>
                <Actions>
                  <SubmitButton variant="secondary" color="danger" disabledReason={disabledReason}>
                    {t('agreements:subProcessors.object', { name: one.name })}
                  </SubmitButton>
                </Actions>
              </PostForm>
            )}
          </>
        ))
      )}
    </Section>
  );
}
