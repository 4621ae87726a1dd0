import type { Context } from 'hono';
import {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  type ActingFor,
} from '../access/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { PriceTable } from '../prices/index.ts';
import { DOCUMENT_KINDS, PHOTO_MAX_BYTES, PHOTO_TYPES } from '../workers/index.ts';
import {
  Actions,
  Alert,
  Card,
  DateText,
  DescriptionList,
  Details,
  Link,
  Pagination,
  Section,
  Stack,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, formWithErrors, readForm, type FormState } from '../web/form-parsing.ts';
import { CheckboxGroup, FileField, HiddenField, PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { problemPage } from '../web/errors.tsx';
import {
  approveOrder,
  attachDocument,
  attachPhoto,
  cancelOrder,
  decideHeldOrder,
  type LineError,
} from './actions.ts';
import type { HeldDecision } from './records.ts';
import {
  CardPreview,
  isRefused,
  LineStateTag,
  missing,
  orderPath,
  OrderStateTag,
  queryPage,
  type Answer,
  type OrderPageDeps,
} from './parts.tsx';
import { isOrdered, isPlanned, lapseTime } from './rules.ts';
import { orderView, type LineView, type OrderView } from './views.ts';

type Page = Context<AppEnv>;

/** The form that failed, by its line; `approve` for that of the whole order. */
interface Failed {
  readonly lineId: string;
  readonly state: FormState;
}

/** GET /orders/:order */
export async function showOrder(c: Page, deps: OrderPageDeps, failed?: Failed): Promise<Response> {
  const [orderId, lineId] = [c.req.param('order'), c.req.param('line')];
  if (!isUuid(orderId) || (lineId !== undefined && !isUuid(lineId))) return missing(c);
  const view = await orderView(deps, requireActing(c), orderId, { lineId, page: queryPage(c) });
  return view.ok ? drawOrder(c, view.value, failed) : refusedPage(c, view.error);
}

/** POST /orders/:order/approve */
export async function sendApprove(c: Page, deps: OrderPageDeps): Promise<Response> {
  const orderId = c.req.param('order');
  if (!isUuid(orderId)) return missing(c);
  const acting = requireActing(c);
  const form = await readForm(c);
  // A form of many lines has none to tick: all of them.
  const lineIds = form.has('some') ? form.getAll('line').filter((id) => typeof id === 'string') : undefined;
  const approved = await approveOrder(deps, acting, {
    orderId,
    ...(lineIds === undefined ? {} : { lineIds }),
  });
  if (!approved.ok) {
    if (approved.error !== 'none') return answerFailure(c, approved.error);
    return showOrder(c, deps, {
      lineId: 'approve',
      state: formWithErrors(form, { line: 'orders:order.noneTicked' }),
    });
  }
  const { declined } = approved.value;
  return redirectDone(
    c,
    orderPath(acting, orderId),
    `orders:done.${declined === 0 ? 'approved' : 'partlyApproved'}`,
  );
}

/** POST /orders/:order/cancel and /orders/:order/lines/:line/cancel */
export async function sendCancel(c: Page, deps: OrderPageDeps): Promise<Response> {
  const [orderId, lineId] = [c.req.param('order'), c.req.param('line')];
  if (!isUuid(orderId) || (lineId !== undefined && !isUuid(lineId))) return missing(c);
  const acting = requireActing(c);
  const cancelled = await cancelOrder(deps, acting, { orderId, ...(lineId === undefined ? {} : { lineId }) });
  if (!cancelled.ok) return answerFailure(c, cancelled.error);
  return redirectDone(c, pagePath(c, orderId), 'orders:done.cancelled');
}

/** POST /orders/:order/lines/:line/photo */
export async function sendPhoto(c: Page, deps: OrderPageDeps): Promise<Response> {
  const sent = await sentFile(c, photoField);
  if (sent === undefined) return missing(c);
  const attached = await attachPhoto(deps, requireActing(c), sent);
  if (attached.ok) return redirectDone(c, pagePath(c, sent.orderId), 'orders:done.photo');
  const { error } = attached;
  if (isFailure(error)) return answerFailure(c, error);
  const wrong = error === 'too-many-today' ? 'orders:tooManyMedia' : `workers:photo.${error}`;
  return showAgain(c, deps, sent, { [sent.field]: sent.chosen ? wrong : 'web:form.file' });
}

/** POST /orders/:order/lines/:line/document */
export async function sendDocument(c: Page, deps: OrderPageDeps): Promise<Response> {
  const sent = await sentFile(c, documentField);
  if (sent === undefined) return missing(c);
  const chosen = DOCUMENT_KINDS.find((kind) => kind === sent.form.get(kindField(sent.lineId)));
  // Without a kind it is still asked first whether there may be a document; nothing is kept.
  const command = { ...sent, ...(chosen === undefined ? { file: new Uint8Array() } : {}) };
  const attached = await attachDocument(deps, requireActing(c), { ...command, kind: chosen ?? 'passport' });
  if (attached.ok) return redirectDone(c, pagePath(c, sent.orderId), 'orders:done.document');
  const { error } = attached;
  if (isFailure(error)) return answerFailure(c, error);
  const wrong = error === 'too-many-today' ? 'orders:tooManyMedia' : `workers:document.${error}`;
  return showAgain(c, deps, sent, {
    ...(chosen === undefined ? { [kindField(sent.lineId)]: 'web:form.choose' } : {}),
    ...(sent.chosen ? {} : { [sent.field]: 'web:form.file' }),
    ...(chosen !== undefined && sent.chosen ? { [sent.field]: wrong } : {}),
  });
}

interface SentFile {
  readonly orderId: string;
  readonly lineId: string;
  readonly form: FormData;
  readonly field: string;
  /** Empty where no file was chosen. */
  readonly file: Uint8Array;
  readonly chosen: boolean;
}

/** The file of one line's form; undefined where the address names no line. */
async function sentFile(c: Page, fieldOf: (lineId: string) => string): Promise<SentFile | undefined> {
  const [orderId, lineId] = [c.req.param('order'), c.req.param('line')];
  if (!isUuid(orderId) || !isUuid(lineId)) return undefined;
  const form = await readForm(c);
  const field = fieldOf(lineId);
  const sent = form.get(field);
  const file = sent instanceof File && (sent.size > 0 || sent.name !== '') ? sent : undefined;
  // Without a file it is still asked first whether there may be one.
  const bytes = new Uint8Array((await file?.arrayBuffer()) ?? []);
  return { orderId, lineId, form, field, file: bytes, chosen: file !== undefined };
}

function showAgain(
  c: Page,
  deps: OrderPageDeps,
  { lineId, form }: SentFile,
  errors: Readonly<Record<string, string>>,
): Promise<Response> {
  return showOrder(c, deps, { lineId, state: formWithErrors(form, errors) });
}

type Failure = LineError | 'barred' | Parameters<typeof refusedPage>[1];

function isFailure(error: unknown): error is Failure {
  return isRefused(error) || ['missing', 'too-late', 'held', 'barred'].some((one) => one === error);
}

function answerFailure(c: Page, error: Failure): Answer {
  if (error === 'missing') return missing(c);
  if (error === 'too-late') return problemPage(c, 'conflict', { detail: c.get('t')('orders:tooLate') });
  if (error === 'held') return problemPage(c, 'conflict', { detail: c.get('t')('orders:held.approve') });
  if (error === 'barred') return problemPage(c, 'conflict', { detail: c.get('t')('orders:barred.approve') });
  return refusedPage(c, error);
}

/** The order, on the page of it that the form was sent from. */
const pagePath = (c: Page, orderId: string) => onPage(c, orderPath(requireActing(c), orderId));

/** The address, with the page of the order that is shown. */
function onPage(c: Page, path: string): string {
  const page = queryPage(c);
  return page === 1 ? path : `${path}?page=${String(page)}`;
}

const photoField = (lineId: string) => `photo-${lineId}`;
const documentField = (lineId: string) => `document-${lineId}`;
const kindField = (lineId: string) => `kind-${lineId}`;

function drawOrder(c: Page, view: OrderView, failed: Failed | undefined): Answer {
  const t = c.get('t');
  const acting = requireActing(c);
  const { order, lines, states } = view;
  const count = [...states].reduce(
    (sum, [state, some]) => (state === 'cancelled' || state === 'rejected' ? sum : sum + some),
    0,
  );
  return renderBusinessPage(
    c,
    view,
    {
      title: t('orders:order.title', { number: order.number }),
      section: 'orders',
      breadcrumbs: [{ label: t('orders:list.title'), href: businessPath(acting, '/orders') }],
      status: failed === undefined ? 200 : 422,
    },
    <Stack>
      <OrderFacts c={c} view={view} />
      <Held c={c} view={view} />
      <Waiting c={c} view={view} />
      {view.beyond ? <Alert color="info">{t('orders:order.beyond')}</Alert> : null}
      <OrderButtons c={c} view={view} failed={failed} />
      <Section title={t('orders:order.lines')}>
        <Stack>
          {lines.map((line) => (
            <Line c={c} acting={acting} line={line} failed={failed} />
          ))}
          <Pagination
            page={view.page}
            pages={view.pages}
            href={(page) => `${orderPath(acting, order.id)}?page=${String(page)}`}
          />
        </Stack>
      </Section>
      <PriceTable
        priceOre={order.priceOre}
        feeOre={order.feeOre}
        orderFeeOre={order.orderFeeOre}
        count={count}
        vatBasisPoints={order.vatBasisPoints}
        vendorName={order.vendorName ?? undefined}
        coming={view.coming}
        waits
      />
      <p>{t('orders:liable', { business: view.facts.business?.name ?? '' })}</p>
    </Stack>,
  );
}

function OrderFacts({ c, view }: { readonly c: Page; readonly view: OrderView }) {
  const t = c.get('t');
  const { order, stage, held } = view;
  const { deliveryAddress: to } = order;
  const address = [to.recipient, ...to.lines, `${to.postalCode} ${to.place}`].filter(
    (part) => part.trim() !== '',
  );
  const who = (name: string | null, at: Date | null) =>
    at === null ? null : (
      <>
        {name}, <DateText date={at} time />
      </>
    );
  const items = [
    { term: t('orders:list.state'), value: <OrderStateTag stage={stage} held={held} /> },
    { term: t('orders:order.placedBy'), value: who(order.placedByName, order.placedAt) },
    { term: t('orders:list.behalf'), value: order.vendorName ?? t('orders:list.itself') },
    { term: t('orders:barred.takenOver'), value: order.takenOverFrom },
    { term: t('orders:list.unit'), value: order.unitName },
    { term: t('orders:order.cardType'), value: t(`orders:cardType.${order.cardType}`) },
    { term: t('orders:confirm.delivery'), value: address.join(', ') },
    { term: t('orders:confirm.reference'), value: order.customerReference || '–' },
    { term: t('orders:order.approvedBy'), value: who(order.approvedByName, order.approvedAt) },
    { term: t('orders:order.cancelledBy'), value: who(order.cancelledByName, order.cancelledAt) },
    { term: t('orders:order.lapsed'), value: order.lapsedAt && <DateText date={order.lapsedAt} time /> },
  ];
  return <DescriptionList items={items.filter((item) => item.value !== null)} />;
}

/** Why an order does not go on: an emergency stop, by whom, since when and why, and who can lift it; or a bar of the vendor. */
function Held({ c, view }: { readonly c: Page; readonly view: OrderView }) {
  const t = c.get('t');
  const { hold } = view.order;
  if (view.held === 'bar') return <HeldByBar c={c} view={view} />;
  if (view.held === undefined || hold === undefined) return null;
  return (
    <Alert color="danger" title={t('orders:held.title')}>
      <p>
        {t('access:stop.pressed', { name: hold.byName ?? t('access:stop.bySystem') })}{' '}
        <DateText date={hold.since} time />
      </p>
      {hold.reason === '' ? null : <p>{t('access:stop.because', { reason: hold.reason })}</p>}
      <p>{t('orders:held.text')}</p>
    </Alert>
  );
}

/** Which words say what the business can do. */
function wordsOf({ partlyMade }: OrderView, still: boolean) {
  if (partlyMade) return still ? 'textMade' : 'textMadeLifted';
  return still ? 'text' : 'textLifted';
}

/** That the business decides on what a bar holds, and the ways to. Taking it back is a button of every order. */
function HeldByBar({ c, view }: { readonly c: Page; readonly view: OrderView }) {
  const t = c.get('t');
  const { barHold, vendorName, id } = view.order;
  if (barHold === undefined) return null;
  const vendor = vendorName ?? '';
  const still = barHold.stillBarred;
  const path = orderPath(requireActing(c), id);
  return (
    <Alert color="danger" title={t(still ? 'orders:barred.title' : 'orders:barred.titleLifted', { vendor })}>
      <p>
        {t('orders:barred.since')} <DateText date={barHold.since} time />
      </p>
      {view.facts.capacity === 'vendor' ? (
        <p>{t('orders:barred.vendorText')}</p>
      ) : (
        <p>{t(`orders:barred.${wordsOf(view, still)}`, { vendor })}</p>
      )}
      {view.facts.capacity !== 'vendor' && !view.mayDecide ? <p>{t('orders:barred.who')}</p> : null}
      {view.mayDecide ? (
        <Actions>
          {view.partlyMade ? null : (
            <PostForm action={`${path}/take-over`} class="form inline">
              <SubmitButton color="accent">{t('orders:barred.takeOver')}</SubmitButton>
            </PostForm>
          )}
          {still ? null : (
            <PostForm action={`${path}/go-on`} class="form inline">
              <SubmitButton variant="secondary" color="accent">
                {t('orders:barred.goOn', { vendor })}
              </SubmitButton>
            </PostForm>
          )}
        </Actions>
      ) : null}
    </Alert>
  );
}

/** POST /orders/:order/take-over and /go-on */
export async function sendHeldDecision(
  c: Page,
  deps: OrderPageDeps,
  decision: HeldDecision,
): Promise<Response> {
  const orderId = c.req.param('order');
  if (!isUuid(orderId)) return missing(c);
  const decided = await decideHeldOrder(deps, requireActing(c), { orderId, decision });
  if (decided.ok) {
    const done = decision === 'take-over' ? 'orders:done.takenOver' : 'orders:done.goesOn';
    return redirectDone(c, orderPath(requireActing(c), orderId), done);
  }
  const { error } = decided;
  if (error !== 'barred' && error !== 'ended' && error !== 'partly-made') return answerFailure(c, error);
  const detail = ({ barred: 'still', ended: 'ended', 'partly-made': 'partlyMade' } as const)[error];
  return problemPage(c, 'conflict', { detail: c.get('t')(`orders:barred.${detail}`) });
}

function Waiting({ c, view }: { readonly c: Page; readonly view: OrderView }) {
  const t = c.get('t');
  const { order, states } = view;
  if (order.state === 'awaiting-approval') {
    const reason =
      order.heldByLimit === null ? 'orders:order.awaiting' : `orders:approval.${order.heldByLimit}`;
    return (
      <Alert color="warning">
        <p>{t(reason)}</p>
        <p>
          {t('orders:order.lapses')} <DateText date={lapseTime(order.placedAt)} time />.
        </p>
      </Alert>
    );
  }
  const waiting = states.get('awaiting-media') ?? 0;
  if (waiting === 0) return null;
  // Each may ask in the same lines, or in none.
  const mayAsk = view.lines.some(({ state, may }) => state === 'awaiting-media' && may['add-photo']);
  const many = view.lines.filter((line) => line.photoId === null && line.may['add-photo']).length > 1;
  const path = orderPath(requireActing(c), order.id);
  return (
    <Alert color="info">
      <p>{t('orders:order.mediaMissing', { count: waiting })}</p>
      {mayAsk ? (
        <p>
          <Link href={`${path}/ask`}>{t('orders:upload.askAll')}</Link>
        </p>
      ) : null}
      {many ? (
        <p>
          <Link href={`${path}/photos`}>{t('orders:order.photosAtOnce')}</Link>
        </p>
      ) : null}
    </Alert>
  );
}

type ButtonsProps = { readonly c: Page; readonly view: OrderView; readonly failed: Failed | undefined };

function OrderButtons({ c, view, failed }: ButtonsProps) {
  const t = c.get('t');
  const path = orderPath(requireActing(c), view.order.id);
  if (view.order.state === 'cancelled') return null;
  return (
    <>
      {view.order.state === 'awaiting-approval' ? (
        <PostForm action={`${path}/approve`} state={failed?.lineId === 'approve' ? failed.state : emptyForm}>
          <LinesToApprove c={c} view={view} />
          <SubmitButton disabledReason={approvalReason(c, view)}>{t('orders:order.approve')}</SubmitButton>
        </PostForm>
      ) : null}
      {view.mayCancel ? (
        <PostForm action={`${path}/cancel`} class="form inline">
          <SubmitButton variant="secondary" color="danger">
            {t('orders:order.cancel')}
          </SubmitButton>
        </PostForm>
      ) : null}
    </>
  );
}

/** Who is to get a card: all of them unless some are unticked. Of an order of many pages it is all: none is ticked unseen. */
function LinesToApprove({ c, view }: { readonly c: Page; readonly view: OrderView }) {
  const t = c.get('t');
  const waiting = view.lines.filter((line) => line.state === 'awaiting-approval');
  if (!view.mayApprove || waiting.length < 2 || view.pages > 1) return null;
  return (
    <>
      <HiddenField name="some" value="yes" />
      <CheckboxGroup
        name="line"
        label={t('orders:order.who')}
        description={t('orders:order.whoHint')}
        values={waiting.map((line) => line.id)}
        choices={waiting.map((line) => ({ value: line.id, label: line.name }))}
      />
    </>
  );
}

function approvalReason(c: Page, view: OrderView): string | undefined {
  const t = c.get('t');
  if (!view.mayApprove) return t('orders:order.mayNotApprove');
  if (view.held === undefined) return undefined;
  return t(view.held === 'bar' ? 'orders:barred.approve' : 'orders:held.approve');
}

type LineProps = {
  readonly c: Page;
  readonly acting: ActingFor;
  readonly line: LineView;
  readonly failed: Failed | undefined;
};

function Line({ c, acting, line, failed }: LineProps) {
  const t = c.get('t');
  const path = `${orderPath(acting, line.orderId)}/lines/${line.id}`;
  const state = failed?.lineId === line.id ? failed.state : emptyForm;
  return (
    <Card title={line.name} level={3}>
      <p>
        <LineStateTag state={line.state} /> <DateText date={line.changedAt} time />
      </p>
      <Rejections c={c} line={line} />
      <LinePhoto c={c} acting={acting} line={line} />
      {line.may['add-photo'] ? <PhotoForm c={c} path={path} line={line} state={state} /> : null}
      {line.documentId === null ? null : <p>{t('orders:order.documentThere')}</p>}
      <AskedWorker c={c} acting={acting} line={line} />
      {line.may['add-document'] ? <DocumentForm c={c} path={path} line={line} state={state} /> : null}
      {line.previewed && isPlanned(line.state) ? (
        <CardPreview acting={acting} workerId={line.workerId} name={line.name} />
      ) : null}
      {isOrdered(line.state) ? (
        <p class="alone">
          <Link href={`${path}/confirmation`} label={t('orders:confirmation.of', { name: line.name })}>
            {t('orders:confirmation.link')}
          </Link>
        </p>
      ) : null}
      {line.may.cancel ? (
        <PostForm action={onPage(c, `${path}/cancel`)} class="form inline">
          <SubmitButton size="sm" variant="tertiary" color="danger">
            {t('orders:order.cancelLine', { name: line.name })}
          </SubmitButton>
        </PostForm>
      ) : null}
    </Card>
  );
}

/** What came of asking the worker, and the way to ask. */
function AskedWorker({ c, acting, line }: Omit<LineProps, 'failed'>) {
  const t = c.get('t');
  const lacks = line.photoId === null || line.documentId === null;
  const mayAsk = lacks && (line.may['add-photo'] || line.may['add-document']);
  const told = line.upload === 'delivered' ? !lacks : line.upload !== null && lacks;
  return (
    <>
      {told ? <p>{t(`orders:upload.${line.upload ?? 'open'}`)}</p> : null}
      {mayAsk ? (
        <p>
          <Link
            href={`${orderPath(acting, line.orderId)}/ask?line=${line.id}`}
            label={t('orders:upload.askOf', { name: line.name })}
          >
            {t('orders:upload.ask')}
          </Link>
        </p>
      ) : null}
    </>
  );
}

function LinePhoto({ c, acting, line }: Omit<LineProps, 'failed'>) {
  const t = c.get('t');
  if (line.photoId === null) return null;
  if (!line.photoShown) return <p>{t('orders:order.photoThere')}</p>;
  const path = businessPath(acting, `/photos/${line.photoId}`);
  return (
    <a class="photo-link" href={path}>
      <img
        src={`${path}/thumbnail`}
        alt={t('orders:order.photoAlt', { name: line.name })}
        width="90"
        loading="lazy"
      />
    </a>
  );
}

/** What the reviewer did not accept, why, and that only this is sent again. */
function Rejections({ c, line }: { readonly c: Page; readonly line: LineView }) {
  const t = c.get('t');
  if (line.rejections.length === 0) return null;
  return (
    <>
      {line.rejections.map(({ subject, reasons }) => (
        <Alert color="warning" title={t(`orders:rejected.${subject}`)}>
          <ul>
            {reasons.map((reason) => (
              <li>{t(`orders:reason.${subject}.${reason}`)}</li>
            ))}
          </ul>
          {line.state === 'rejected' ? null : <p>{t('orders:rejected.again')}</p>}
        </Alert>
      ))}
      {line.state === 'rejected' ? <p>{t('orders:rejected.final')}</p> : null}
    </>
  );
}

type UploadProps = {
  readonly c: Page;
  readonly path: string;
  readonly line: LineView;
  readonly state: FormState;
};

function PhotoForm({ c, path, line, state }: UploadProps) {
  const t = c.get('t');
  return (
    <PostForm action={onPage(c, `${path}/photo`)} files state={state}>
      <FileField
        name={photoField(line.id)}
        label={t('orders:order.photoOf', { name: line.name })}
        description={t('orders:order.photoHint')}
        accept={PHOTO_TYPES}
        maxBytes={PHOTO_MAX_BYTES}
      />
      <SubmitButton size="sm">
        {t(line.photoId === null ? 'orders:order.upload' : 'orders:order.replace')}
      </SubmitButton>
    </PostForm>
  );
}

/** Folded up, since it has many choices; open where it is the form that failed. (A card that holds it bare has no padding.) */
function DocumentForm({ c, path, line, state }: UploadProps) {
  const t = c.get('t');
  const fields = [documentField(line.id), kindField(line.id)];
  const failed = fields.some((field) => Object.hasOwn(state.errors, field));
  const summary = line.documentId === null ? 'orders:order.document' : 'orders:order.replaceDocument';
  return (
    <div>
      <Details summary={t(summary, { name: line.name })} open={failed}>
        <PostForm action={onPage(c, `${path}/document`)} files state={failed ? state : emptyForm}>
          <RadioGroup
            name={kindField(line.id)}
            label={t('orders:order.documentKind')}
            choices={DOCUMENT_KINDS.map((kind) => ({
              value: kind,
              label: t(`workers:documentKind.${kind}`),
            }))}
          />
          <FileField
            name={documentField(line.id)}
            label={t('orders:order.documentOf', { name: line.name })}
            description={t('orders:order.documentHint')}
            accept={PHOTO_TYPES}
            maxBytes={PHOTO_MAX_BYTES}
          />
          <SubmitButton size="sm">{t('orders:order.uploadDocument')}</SubmitButton>
        </PostForm>
      </Details>
    </div>
  );
}
