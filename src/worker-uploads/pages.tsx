import { type Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { loginPath } from '../identity/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
  Card,
  DateText,
  DescriptionList,
  Details,
  EmptyState,
  Heading,
  LinkButton,
  Section,
  Stack,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, formWithErrors, readForm, type FormState } from '../web/form-parsing.ts';
import { FileField, PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { rateLimited } from '../web/rate-limit.ts';
import { In, LanguageLinks, type Spoken, spokenTo } from '../web/worker-languages.tsx';
import { useRequest } from '../web/request.ts';
import { clientAddress } from '../web/security.ts';
import { DOCUMENT_KINDS, PHOTO_MAX_BYTES, PHOTO_TYPES } from '../workers/index.ts';
import {
  confirmUpload,
  denyUpload,
  sendDocument,
  sendPhoto,
  type UploadDeps,
  viewOwnUploads,
  viewUpload,
} from './actions.ts';
import type { ShownUpload, WaitingUpload } from './records.ts';
import { type Asked, DENIALS, LINK_HOURS, ownUploadsPath, type UploadKey, uploadLinkPath } from './rules.ts';
import words from './worker-words.json' with { type: 'json' };

export interface UploadPageDeps extends Pick<UploadDeps, 'database' | 'vault'> {
  /** How many days things outlive their use. */
  readonly retention: { readonly documentDays: number; readonly photoDays: number };
  /** How many proxies in front of us add to X-Forwarded-For. */
  readonly trustedProxyHops: number;
}

type Page = Context<AppEnv>;
type Answer = Response | Promise<Response>;
type Failed = { readonly of: Asked | 'deny'; readonly state: FormState };

/** A page of a worker's, opened by whichever key: where it is, and in which language. */
interface Opened {
  readonly key: UploadKey;
  readonly path: string;
  readonly spoken: Spoken;
}

/** How often one address may ask for or send anything here in a minute, in this process. */
const ASKS_A_MINUTE = 60;
/** Where a link that has just been used up leads; no secret is this short. */
const END = { thanks: uploadLinkPath('thanks'), stopped: uploadLinkPath('stopped') } as const;

/** The worker's own pages: `/u/:secret` by a link, `/my-uploads` logged in. A link opens nothing else. */
export function createUploadPages(deps: UploadPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const limited = rateLimited({ limit: ASKS_A_MINUTE, windowSeconds: 60 }, (c) =>
    clientAddress(c, deps.trustedProxyHops),
  );
  app.get(END.thanks, (c) => showEnd(c, 'thanks'));
  app.get(END.stopped, (c) => showEnd(c, 'stopped'));
  app.get(ownUploadsPath, (c) => showWaiting(c, deps));
  for (const [path, open] of [
    [uploadLinkPath(':secret'), openLink],
    [`${ownUploadsPath}/:request`, openOwn],
  ] as const) {
    const handle = (work: (c: Page, opened: Opened) => Answer) => (c: Page) => {
      const opened = open(c);
      return opened instanceof Response ? opened : work(c, opened);
    };
    const show = handle((c, opened) => showUpload(c, deps, opened));
    app.get(path, limited, show);
    // Where the forms are sent: whoever comes there otherwise, or changes the language, sees the page.
    for (const part of ['confirm', 'deny', 'photo', 'document']) app.get(`${path}/${part}`, limited, show);
    app.post(
      `${path}/confirm`,
      limited,
      handle((c, opened) => receiveYes(c, deps, opened)),
    );
    app.post(
      `${path}/deny`,
      limited,
      handle((c, opened) => receiveNo(c, deps, opened)),
    );
    app.post(
      `${path}/photo`,
      limited,
      handle((c, opened) => receivePhoto(c, deps, opened)),
    );
    app.post(
      `${path}/document`,
      limited,
      handle((c, opened) => receiveDocument(c, deps, opened)),
    );
  }
  return app;
}

function openLink(c: Page): Opened {
  const secret = c.req.param('secret') ?? '';
  return { key: { secret }, path: uploadLinkPath(secret), spoken: spokenTo(c, words) };
}

function openOwn(c: Page): Opened | Response {
  const [session, asked] = [c.get('session'), c.req.param('request')];
  if (session === null) return c.redirect(loginPath(ownUploadsPath), 303);
  const requestId = isUuid(asked) ? asked : '00000000-0000-0000-0000-000000000000';
  const path = `${ownUploadsPath}/${requestId}`;
  return { key: { requestId, tokenHash: session.tokenHash }, path, spoken: spokenTo(c, words) };
}

// What is sent --------------------------------------------------------------------------------------------------------

async function receiveYes(c: Page, deps: UploadPageDeps, { key, path, spoken }: Opened): Promise<Response> {
  const confirmed = await confirmUpload(deps, key);
  return confirmed ? c.redirect(path + spoken.query, 303) : showGone(c, spoken);
}

async function receiveNo(c: Page, deps: UploadPageDeps, opened: Opened): Promise<Response> {
  const form = await readForm(c);
  const why = DENIALS.find((one) => one === form.get('why'));
  if (why === undefined) {
    const state = formWithErrors(form, { why: 'web:form.choose' });
    return showUpload(c, deps, opened, { of: 'deny', state });
  }
  const denied = await denyUpload(deps, opened.key, why);
  return denied ? c.redirect(END.stopped + opened.spoken.query, 303) : showGone(c, opened.spoken);
}

async function receivePhoto(c: Page, deps: UploadPageDeps, opened: Opened): Promise<Response> {
  const { form, file } = await sentFile(c, 'photo');
  if (file === undefined) return again(c, deps, opened, 'photo', form, { photo: 'web:form.file' });
  const sent = await sendPhoto(deps, opened.key, file);
  if (sent.ok) return onward(c, opened, sent.value.complete);
  if (sent.error === 'gone') return showGone(c, opened.spoken);
  return again(c, deps, opened, 'photo', form, { photo: `workers:photo.${sent.error}` });
}

async function receiveDocument(c: Page, deps: UploadPageDeps, opened: Opened): Promise<Response> {
  const { form, file } = await sentFile(c, 'document');
  const kind = DOCUMENT_KINDS.find((one) => one === form.get('kind'));
  if (file === undefined || kind === undefined) {
    return again(c, deps, opened, 'document', form, {
      ...(kind === undefined ? { kind: 'web:form.choose' } : {}),
      ...(file === undefined ? { document: 'web:form.file' } : {}),
    });
  }
  const sent = await sendDocument(deps, opened.key, { kind, file });
  if (sent.ok) return onward(c, opened, sent.value.complete);
  if (sent.error === 'gone') return showGone(c, opened.spoken);
  return again(c, deps, opened, 'document', form, { document: `workers:document.${sent.error}` });
}

async function sentFile(
  c: Page,
  field: Asked,
): Promise<{ readonly form: FormData; readonly file: Uint8Array | undefined }> {
  const form = await readForm(c);
  const sent = form.get(field);
  const chosen = sent instanceof File && (sent.size > 0 || sent.name !== '');
  return { form, file: chosen ? new Uint8Array(await sent.arrayBuffer()) : undefined };
}

function onward(c: Page, { path, spoken }: Opened, complete: boolean): Response {
  return c.redirect((complete ? END.thanks : path) + spoken.query, 303);
}

function again(
  c: Page,
  deps: UploadPageDeps,
  opened: Opened,
  of: Asked,
  form: FormData,
  errors: Readonly<Record<string, string>>,
): Promise<Response> {
  return showUpload(c, deps, opened, { of, state: formWithErrors(form, errors) });
}

// What is shown -------------------------------------------------------------------------------------------------------

async function showUpload(
  c: Page,
  deps: UploadPageDeps,
  { key, path, spoken }: Opened,
  failed?: Failed,
): Promise<Response> {
  const upload = await viewUpload(deps, key);
  if (upload === undefined) return showGone(c, spoken);
  const { retention } = deps;
  return workerPage(
    c,
    { spoken, path, title: spoken.t('worker-uploads:page.title'), status: failed ? 422 : 200 },
    <>
      <WhoAsks spoken={spoken} upload={upload} byLink={'secret' in key} />
      {upload.confirmed ? (
        upload.asks.map((what) => (
          <Deliver spoken={spoken} upload={upload} path={path} what={what} failed={failed} />
        ))
      ) : (
        <Check spoken={spoken} path={path} failed={failed} />
      )}
      <Kept spoken={spoken} upload={upload} retention={retention} />
    </>,
  );
}

type WorkerPage = {
  readonly spoken: Spoken;
  /** The same page without anything that has been sent. */
  readonly path: string;
  readonly title: string;
  readonly status?: 200 | 404 | 422;
};

function workerPage(c: Page, { spoken, path, title, status = 200 }: WorkerPage, body: Child): Answer {
  c.header('X-Robots-Tag', 'noindex');
  return renderPage(
    c,
    { title, status, narrow: true, ownHeading: true, here: path },
    <In spoken={spoken}>
      <LanguageLinks path={path} spoken={spoken} />
      <Heading level={1}>{title}</Heading>
      {body}
    </In>,
  );
}

type PartProps = { readonly spoken: Spoken; readonly upload: ShownUpload };

function WhoAsks({ spoken: { t }, upload, byLink }: PartProps & { readonly byLink: boolean }) {
  const { askedByName: person, vendorName: vendor, businessName: business } = upload;
  const asks = vendor === null ? 'worker-uploads:page.asks' : 'worker-uploads:page.asksFor';
  const need = upload.asks.length > 1 ? 'both' : (upload.asks[0] ?? 'both');
  return (
    <>
      <p class="lead">
        {t(asks, { person, business, vendor: vendor ?? '' })} {t(`worker-uploads:page.need.${need}`)}
      </p>
      <DescriptionList
        items={[
          { term: t('worker-uploads:page.name'), value: upload.workerName },
          {
            term: t('worker-uploads:page.employer'),
            value: `${business} (${formatOrganisationNumber(upload.organisationNumber)})`,
          },
          { term: t('worker-uploads:page.unit'), value: upload.unitName },
          {
            term: t('worker-uploads:page.askedBy'),
            value: vendor === null ? person : `${person}, ${vendor}`,
          },
          ...(byLink
            ? [
                {
                  term: t('worker-uploads:page.until'),
                  value: <DateText date={upload.expiresAt} time />,
                },
              ]
            : []),
        ]}
      />
    </>
  );
}

function Kept({
  spoken: { t },
  upload: { vendorName },
  retention,
}: PartProps & Pick<UploadPageDeps, 'retention'>) {
  return (
    <>
      <Section title={t('worker-uploads:page.why')}>
        <p>{t('worker-uploads:page.whyText')}</p>
      </Section>
      <Section title={t('worker-uploads:page.kept')}>
        <ul class="ds-list">
          <li>{t('worker-uploads:page.keptPhoto', { days: retention.photoDays })}</li>
          <li>{t('worker-uploads:page.keptDocument', { days: retention.documentDays })}</li>
          {vendorName === null ? null : (
            <li>{t('worker-uploads:page.keptVendor', { vendor: vendorName })}</li>
          )}
        </ul>
      </Section>
    </>
  );
}

type FormsProps = { readonly spoken: Spoken; readonly path: string; readonly failed: Failed | undefined };

function Check({ spoken: { t, query }, path, failed }: FormsProps) {
  const denying = failed?.of === 'deny' ? failed.state : undefined;
  return (
    <Section title={t('worker-uploads:page.check')}>
      <p>{t('worker-uploads:page.checkText')}</p>
      <PostForm action={`${path}/confirm${query}`}>
        <SubmitButton>{t('worker-uploads:page.yes')}</SubmitButton>
      </PostForm>
      <Details summary={t('worker-uploads:page.no')} open={denying !== undefined}>
        <PostForm action={`${path}/deny${query}`} state={denying ?? emptyForm}>
          <RadioGroup
            name="why"
            label={t('worker-uploads:page.wrong')}
            description={t('worker-uploads:page.stopHint')}
            choices={DENIALS.map((value) => ({ value, label: t(`worker-uploads:page.${value}`) }))}
          />
          <SubmitButton variant="secondary" color="danger">
            {t('worker-uploads:page.stop')}
          </SubmitButton>
        </PostForm>
      </Details>
    </Section>
  );
}

/** The form of one thing that is asked for; folded up where it has come, since another may take its place. What has come is not shown. */
function Deliver({
  spoken,
  upload,
  path,
  what,
  failed,
}: FormsProps & { readonly upload: ShownUpload; readonly what: Asked }) {
  const { t } = spoken;
  const state = failed?.of === what ? failed.state : emptyForm;
  const form = what === 'photo' ? PhotoForm : DocumentForm;
  const drawn = form({ spoken, path, state });
  return (
    <Section title={t(`worker-uploads:page.${what}`)}>
      {upload.has.includes(what) ? (
        <>
          <Alert color="success" live>
            {t(`worker-uploads:page.${what}Here`)}
          </Alert>
          <Details summary={t(`worker-uploads:page.${what}Again`)} open={state !== emptyForm}>
            {drawn}
          </Details>
        </>
      ) : (
        drawn
      )}
    </Section>
  );
}

type FileFormProps = { readonly spoken: Spoken; readonly path: string; readonly state: FormState };

function PhotoForm({ spoken: { t, query }, path, state }: FileFormProps) {
  return (
    <PostForm action={`${path}/photo${query}`} files state={state}>
      <div class="stack" data-crop="photo">
        <FileField
          name="photo"
          label={t('worker-uploads:page.photoLabel')}
          description={t('worker-uploads:page.photoHint')}
          accept={PHOTO_TYPES}
          maxBytes={PHOTO_MAX_BYTES}
        />
        <Cropper />
      </div>
      <SubmitButton>{t('worker-uploads:page.photoSend')}</SubmitButton>
    </PostForm>
  );
}

const CROP_BUTTONS = ['larger', 'smaller', 'turn', 'left', 'right', 'up', 'down'] as const;

/** Where the browser shows the photo for cutting; hidden until a module of ours does. */
function Cropper() {
  const { t, web } = useRequest();
  return (
    <>
      <div
        class="stack cropper"
        data-crop-tools
        hidden
        role="group"
        aria-label={t('worker-uploads:page.crop')}
      >
        <p>{t('worker-uploads:page.cropHelp')}</p>
        <div class="crop-stage" data-crop-stage aria-hidden="true" />
        <div class="actions">
          {CROP_BUTTONS.map((name) => (
            <button
              class="ds-button"
              type="button"
              data-variant="secondary"
              data-size="sm"
              data-crop-do={name}
            >
              {t(`worker-uploads:page.${name}`)}
            </button>
          ))}
        </div>
      </div>
      <script type="module" src={web.assets.path('crop.js')} />
    </>
  );
}

function DocumentForm({ spoken: { t, query }, path, state }: FileFormProps) {
  return (
    <PostForm action={`${path}/document${query}`} files state={state}>
      <RadioGroup
        name="kind"
        label={t('worker-uploads:page.documentKind')}
        choices={DOCUMENT_KINDS.map((kind) => ({ value: kind, label: t(`workers:documentKind.${kind}`) }))}
      />
      <FileField
        name="document"
        label={t('worker-uploads:page.documentLabel')}
        description={t('worker-uploads:page.documentHint')}
        accept={PHOTO_TYPES}
        maxBytes={PHOTO_MAX_BYTES}
      />
      <SubmitButton>{t('worker-uploads:page.documentSend')}</SubmitButton>
    </PostForm>
  );
}

/** The same, to the byte but for its address, for a link that is used, expired, revoked or was never made. */
function showGone(c: Page, spoken: Spoken): Answer {
  const { t } = spoken;
  return workerPage(
    c,
    { spoken, path: uploadLinkPath('x'), title: t('worker-uploads:page.gone'), status: 404 },
    <>
      <p>{t('worker-uploads:page.goneText', { hours: LINK_HOURS })}</p>
      <p>{t('worker-uploads:page.goneWhat')}</p>
      <Actions>
        <LinkButton href={ownUploadsPath + spoken.query} variant="secondary">
          {t('worker-uploads:page.login')}
        </LinkButton>
      </Actions>
    </>,
  );
}

function showEnd(c: Page, end: keyof typeof END): Answer {
  const spoken = spokenTo(c, words);
  return workerPage(
    c,
    { spoken, path: END[end], title: spoken.t(`worker-uploads:page.${end}`) },
    <Alert color={end === 'thanks' ? 'success' : 'info'}>
      <p>{spoken.t(`worker-uploads:page.${end}Text`)}</p>
    </Alert>,
  );
}

async function showWaiting(c: Page, deps: UploadPageDeps): Promise<Response> {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(ownUploadsPath), 303);
  const waiting = await viewOwnUploads(deps, session.tokenHash);
  const spoken = spokenTo(c, words);
  const { t } = spoken;
  return workerPage(
    c,
    { spoken, path: ownUploadsPath, title: t('worker-uploads:page.waiting') },
    waiting.length === 0 ? (
      <EmptyState title={t('worker-uploads:page.waitingNone')}>
        <p>{t('worker-uploads:page.waitingNoneText')}</p>
      </EmptyState>
    ) : (
      <Stack>
        <p>{t('worker-uploads:page.waitingText')}</p>
        {waiting.map((one) => (
          <Waiting spoken={spoken} one={one} />
        ))}
      </Stack>
    ),
  );
}

function Waiting({ spoken: { t, query }, one }: { readonly spoken: Spoken; readonly one: WaitingUpload }) {
  const { id, businessName: business, vendorName: vendor, askedByName: person } = one;
  const asks = vendor === null ? 'worker-uploads:page.asks' : 'worker-uploads:page.asksFor';
  return (
    <Card title={business}>
      <p>{t(asks, { person, business, vendor: vendor ?? '' })}</p>
      <p>
        <DateText date={one.askedAt} time />
      </p>
      <Actions>
        <LinkButton href={`${ownUploadsPath}/${id}${query}`}>
          {t('worker-uploads:page.waitingOpen', { business })}
        </LinkButton>
      </Actions>
    </Card>
  );
}
