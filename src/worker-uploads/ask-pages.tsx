import { type Context, Hono } from 'hono';
import { raw } from 'hono/html';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { missing, orderPath, queryPage } from '../orders/index.ts';
import {
  Actions,
  Alert,
  Button,
  Card,
  CardGrid,
  type Column,
  DateText,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { CheckboxGroup, PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { qrCodeSvg } from '../web/qr-code.ts';
import {
  type Asked,
  type AskView,
  askWorkers,
  LINES_SHOWN,
  revokeLink,
  type UploadDeps,
  viewAsking,
} from './actions.ts';
import type { LackingLine } from './records.ts';
import { LINK_HOURS, type Way, WAYS } from './rules.ts';

type Page = Context<AppEnv>;

export interface AskPageDeps extends UploadDeps {
  /** Whether text messages are sent here. */
  readonly texts: boolean;
}

/** Where the workers of an order are asked for what their cards lack; for the business and for a vendor on its own orders. */
export function createAskWorkerPages(deps: AskPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/orders/:order/ask', (c) => showAsking(c, deps, emptyForm));
  app.post('/orders/:order/ask', (c) => sendAsk(c, deps));
  // Where the form is sent: whoever comes there by a link, or changes the language, sees whom there is to ask.
  app.get('/orders/:order/ask/:asked/revoke', (c) => showAsking(c, deps, emptyForm));
  app.post('/orders/:order/ask/:asked/revoke', (c) => sendRevoke(c, deps));
  return app;
}

const askPath = (c: Page) => `${orderPath(requireActing(c), c.req.param('order') ?? '')}/ask`;

/** The address with the page, or the one line, that is shown. */
function asShown(c: Page): string {
  const [line, page] = [shownLine(c), queryPage(c)];
  if (line !== undefined) return `${askPath(c)}?line=${line}`;
  return page === 1 ? askPath(c) : `${askPath(c)}?page=${String(page)}`;
}

function shownLine(c: Page): string | undefined {
  const line = c.req.query('line');
  return isUuid(line) ? line : undefined;
}

const askForm = z.object({
  line: formList(z.uuid(), { max: LINES_SHOWN }),
  way: z.enum(WAYS),
});

async function sendAsk(c: Page, deps: AskPageDeps): Promise<Response> {
  const orderId = c.req.param('order');
  if (!isUuid(orderId)) return missing(c);
  const form = await readForm(c);
  const parsed = parseForm(askForm, form);
  if (!parsed.ok) return showAsking(c, deps, parsed.error);
  const { line: lineIds, way } = parsed.value;
  if (lineIds.length === 0)
    return showAsking(c, deps, formWithErrors(form, { line: 'worker-uploads:ask.noneTicked' }));
  const asked = await askWorkers(deps, requireActing(c), { orderId, lineIds, way });
  if (asked.ok) {
    return way === 'sent'
      ? redirectDone(c, asShown(c), `worker-uploads:done.${deps.texts ? 'askedToo' : 'asked'}`)
      : showLinks(c, asked.value);
  }
  if (asked.error === 'missing') return missing(c);
  if (asked.error === 'none')
    return showAsking(c, deps, formWithErrors(form, { line: 'worker-uploads:ask.none' }));
  return refusedPage(c, asked.error);
}

async function sendRevoke(c: Page, deps: UploadDeps): Promise<Response> {
  const [orderId, requestId] = [c.req.param('order'), c.req.param('asked')];
  if (!isUuid(orderId) || !isUuid(requestId)) return missing(c);
  const revoked = await revokeLink(deps, requireActing(c), { orderId, requestId });
  if (revoked.ok) return redirectDone(c, askPath(c), 'worker-uploads:done.revoked');
  if (revoked.error === 'missing') return missing(c);
  if (revoked.error === 'settled')
    return problemPage(c, 'conflict', { detail: c.get('t')('worker-uploads:settled') });
  return refusedPage(c, revoked.error);
}

async function showAsking(c: Page, deps: AskPageDeps, state: FormState): Promise<Response> {
  const [orderId, requestId] = [c.req.param('order'), c.req.param('asked')];
  if (!isUuid(orderId) || (requestId !== undefined && !isUuid(requestId))) return missing(c);
  const page = queryPage(c);
  const viewed = await viewAsking(deps, requireActing(c), orderId, { page, lineId: shownLine(c), requestId });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  if (viewed.value === undefined) return missing(c);
  const view = viewed.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    view.permitted,
    { ...frame(c, view), title: t('worker-uploads:ask.title'), status: statusOf(state) },
    <Stack>
      <Lead>{t('worker-uploads:ask.lead')}</Lead>
      {view.lines.length === 0 ? (
        <EmptyState title={t('worker-uploads:ask.empty')} />
      ) : (
        <AskForm c={c} view={view} state={state} texts={deps.texts} />
      )}
      <Requests c={c} lines={view.lines} />
      {shownLine(c) === undefined ? null : (
        <p>
          <Link href={askPath(c)}>{t('worker-uploads:ask.all')}</Link>
        </p>
      )}
      <Pagination
        page={page}
        pages={Math.max(1, Math.ceil(view.total / LINES_SHOWN))}
        href={(other) => `${askPath(c)}?page=${String(other)}`}
      />
    </Stack>,
  );
}

const statusOf = ({ errors }: FormState) => (Object.keys(errors).length === 0 ? 200 : 422);

function frame(c: Page, { order }: Pick<AskView, 'order'>) {
  const [t, acting] = [c.get('t'), requireActing(c)];
  return {
    section: 'orders',
    breadcrumbs: [
      { label: t('orders:list.title'), href: businessPath(acting, '/orders') },
      {
        label: t('worker-uploads:ask.order', { number: order.number }),
        href: orderPath(acting, order.id),
      },
    ],
  } as const;
}

type AskFormProps = {
  readonly c: Page;
  readonly view: AskView;
  readonly state: FormState;
  readonly texts: boolean;
};

/** Ticked from the start are those who have no link that works and have not said no, or the one whose line led here. */
function AskForm({ c, view, state, texts }: AskFormProps) {
  const t = c.get('t');
  const from = shownLine(c);
  const ticked = view.lines.filter(({ id, last }) =>
    from === undefined ? last?.state !== 'open' && last?.state !== 'denied' : id === from,
  );
  return (
    <PostForm action={asShown(c)} state={state}>
      <CheckboxGroup
        name="line"
        label={t('worker-uploads:ask.who')}
        description={t('worker-uploads:ask.whoHint')}
        values={ticked.map(({ id }) => id)}
        choices={view.lines.map((line) => ({
          value: line.id,
          label: line.name,
          description: t(`worker-uploads:ask.${lacking(line)}`),
        }))}
      />
      <RadioGroup
        name="way"
        label={t('worker-uploads:ask.way')}
        value="sent"
        choices={WAYS.map((way) => ({
          value: way,
          label: t(`worker-uploads:ask.${wordOf(way, texts)}`),
          description: t(`worker-uploads:ask.${wordOf(way, texts)}Hint`),
        }))}
      />
      <SubmitButton>{t('worker-uploads:ask.send')}</SubmitButton>
    </PostForm>
  );
}

/** What is sent goes by e-mail, and as a text message where there are any. */
function wordOf(way: Way, texts: boolean): 'email' | 'emailAndText' | 'shown' {
  if (way === 'shown') return way;
  return texts ? 'emailAndText' : 'email';
}

function lacking({ lacksPhoto, lacksDocument }: LackingLine): 'both' | 'photo' | 'document' {
  if (lacksPhoto && lacksDocument) return 'both';
  return lacksPhoto ? 'photo' : 'document';
}

const stateColors = {
  open: 'info',
  expired: 'warning',
  revoked: 'neutral',
  denied: 'danger',
  delivered: 'warning',
} as const;

type AskedLine = LackingLine & { readonly last: NonNullable<LackingLine['last']> };

function Requests({ c, lines }: { readonly c: Page; readonly lines: readonly LackingLine[] }) {
  const t = c.get('t');
  const asked = lines.filter((line): line is AskedLine => line.last !== null);
  if (asked.length === 0) return null;
  const columns: Column<AskedLine>[] = [
    { header: t('worker-uploads:ask.worker'), cell: ({ name }) => name, names: true },
    {
      header: t('worker-uploads:ask.state'),
      cell: ({ last }) => (
        <Tag color={stateColors[last.state]}>{t(`worker-uploads:state.${stateKey(last)}`)}</Tag>
      ),
    },
    {
      header: t('worker-uploads:ask.asked'),
      cell: ({ last }) => <DateText date={last.askedAt} time />,
    },
    { header: t('worker-uploads:ask.by'), cell: ({ last }) => last.askedByName },
    {
      header: t('worker-uploads:ask.until'),
      cell: ({ last }) => <DateText date={last.expiresAt} time />,
    },
    {
      header: '',
      align: 'end',
      cell: ({ name, last }) =>
        last.state === 'open' ? (
          <PostForm action={`${askPath(c)}/${last.id}/revoke`} class="form inline">
            <Button
              size="sm"
              variant="tertiary"
              color="danger"
              label={t('worker-uploads:ask.revokeOf', { name })}
            >
              {t('worker-uploads:ask.revoke')}
            </Button>
          </PostForm>
        ) : null,
    },
  ];
  return (
    <Section title={t('worker-uploads:ask.requests')}>
      <Table caption={t('worker-uploads:ask.requests')} captionHidden columns={columns} rows={asked} />
    </Section>
  );
}

function stateKey({ state, denial, confirmed }: AskedLine['last']): string {
  if (state === 'denied') return denial ?? 'not-me';
  return state === 'open' && confirmed ? 'confirmed' : state;
}

/** The links, once: drawn by the answer to the form, which keeps none of them. */
async function showLinks(c: Page, asked: Asked): Promise<Response> {
  const t = c.get('t');
  const links = await Promise.all(
    asked.links.map(async (link) => ({ ...link, code: await qrCodeSvg(link.address) })),
  );
  return renderBusinessPage(
    c,
    asked.permitted,
    { ...frame(c, asked), title: t('worker-uploads:links.title') },
    <Stack>
      <Alert color="warning">
        <p>
          {t('worker-uploads:links.once')} {t('worker-uploads:links.until', { hours: LINK_HOURS })}
        </p>
      </Alert>
      <CardGrid>
        {links.map(({ name, address, code }) => (
          <Card title={name}>
            <div class="qr-code" role="img" aria-label={t('worker-uploads:links.code', { name })}>
              {raw(code)}
            </div>
            <p class="upload-link">
              <span class="ds-sr-only">{t('worker-uploads:links.address', { name })}: </span>
              {address}
            </p>
          </Card>
        ))}
      </CardGrid>
      <Actions>
        <LinkButton href={orderPath(requireActing(c), asked.order.id)} variant="secondary">
          {t('worker-uploads:links.back')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}
