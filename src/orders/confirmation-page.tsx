import type { Context } from 'hono';
import { raw } from 'hono/html';
import {
  businessPath,
  look,
  refusedPage,
  renderBusinessPage,
  requireActing,
  type Permitted,
  type Refused,
  type Right,
} from '../access/index.ts';
import { formatDateTime } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { Actions, DescriptionList, LinkButton, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { createPdf, type PdfWriter } from '../web/pdf.ts';
import { qrCodePng, qrCodeSvg } from '../web/qr-code.ts';
import { discloseWorkers } from '../workers/index.ts';
import { type Confirmation, findConfirmation } from './confirmation-records.ts';
import words from './confirmation-words.json' with { type: 'json' };
import { missing, orderPath, type OrderPageDeps } from './parts.tsx';

type Page = Context<AppEnv>;

/** The languages of a confirmation: those whom it is shown to on a site, and the worker's. */
type ConfirmationLanguage = keyof typeof words;
const WORKERS_LANGUAGES = ['pl', 'lt', 'ro'] as const satisfies ConfirmationLanguage[];

/** Where anyone sees that a card is ordered: `token` is of the line, and random. */
export const orderLinkPath = (token: string): string => `/o/${token}`;

const seeing = {
  right: 'orders.read',
  orElse: ['orders.place', 'orders.prepare', 'orders.approve'] as Right[],
  action: 'order.confirmation',
} as const;

interface Shown {
  readonly confirmation: Confirmation;
  readonly permitted: Permitted;
}

async function see(c: Page, { database }: Pick<OrderPageDeps, 'database'>): Promise<Result<Shown, Refused>> {
  const [orderId, lineId] = [c.req.param('order'), c.req.param('line')];
  const seen = await look(database, requireActing(c), seeing, async (permitted) => {
    if (!isUuid(orderId) || !isUuid(lineId)) return undefined;
    const confirmation = await findConfirmation(permitted, orderId, lineId);
    if (confirmation !== undefined)
      await discloseWorkers(permitted, [confirmation.workerId], ['name'], 'order');
    return confirmation && { confirmation, permitted };
  });
  if (!seen.ok) return seen;
  return seen.value === undefined ? err({ kind: 'missing' }) : ok(seen.value);
}

const languagesOf = (chosen: string | undefined): ConfirmationLanguage[] => [
  'nb',
  'en',
  ...WORKERS_LANGUAGES.filter((one) => one === chosen),
];

function termsOf(
  language: ConfirmationLanguage,
  confirmation: Confirmation,
): readonly (readonly [string, string])[] {
  const t = words[language];
  return [
    [t.holder, confirmation.name],
    [t.employer, confirmation.employer],
    [t.number, formatOrganisationNumber(confirmation.organisationNumber)],
    [t.ordered, formatDateTime(confirmation.orderedAt, language === 'nb' ? 'nb' : 'en')],
    [t.order, String(confirmation.orderNumber)],
  ];
}

/** GET /orders/:order/lines/:line/confirmation: to show on a phone, in Norwegian, English and a language of the worker's. */
export async function showConfirmation(c: Page, deps: OrderPageDeps): Promise<Response> {
  const seen = await see(c, deps);
  if (!seen.ok) return refusedPage(c, seen.error);
  const { confirmation, permitted } = seen.value;
  const t = c.get('t');
  const acting = requireActing(c);
  const orderId = c.req.param('order') ?? '';
  const path = `${orderPath(acting, orderId)}/lines/${c.req.param('line') ?? ''}/confirmation`;
  const chosen = c.req.query('in');
  const address = c.get('web').publicOrigin + orderLinkPath(confirmation.token);
  const code = await qrCodeSvg(address);
  const title = t('orders:confirmation.title', { name: confirmation.name });
  const crumbs = [
    { label: t('orders:list.title'), href: businessPath(acting, '/orders') },
    {
      label: t('orders:order.title', { number: confirmation.orderNumber }),
      href: orderPath(acting, orderId),
    },
  ];
  return renderBusinessPage(
    c,
    permitted,
    { title, section: 'orders', narrow: true, breadcrumbs: crumbs },
    <>
      <div class="qr-code" role="img" aria-label={t('orders:confirmation.code')}>
        {raw(code)}
      </div>
      {languagesOf(chosen).map((language) => (
        <div lang={language}>
          <Section title={words[language].title}>
            <p>{words[language].text}</p>
            <DescriptionList
              items={termsOf(language, confirmation).map(([term, value]) => ({ term, value }))}
            />
            <p>
              {words[language].check} <strong>{address}</strong>
            </p>
          </Section>
        </div>
      ))}
      <Actions>
        <LinkButton href={`${path}.pdf${chosen === undefined ? '' : `?in=${chosen}`}`}>
          {t('orders:confirmation.pdf')}
        </LinkButton>
        {WORKERS_LANGUAGES.map((language) => (
          <LinkButton href={`${path}?in=${language}`} variant="secondary">
            {t(`orders:confirmation.in.${language}`)}
          </LinkButton>
        ))}
      </Actions>
    </>,
  );
}

/** GET /orders/:order/lines/:line/confirmation.pdf */
export async function sendConfirmationPdf(c: Page, deps: OrderPageDeps): Promise<Response> {
  const seen = await see(c, deps);
  if (!seen.ok) return seen.error.kind === 'missing' ? missing(c) : refusedPage(c, seen.error);
  const { confirmation } = seen.value;
  const address = c.get('web').publicOrigin + orderLinkPath(confirmation.token);
  const code = await qrCodePng(address);
  const title = `${words.nb.title}: ${confirmation.name}`;
  const pdf = await createPdf({ title, language: 'nb', at: confirmation.orderedAt }, (writer) => {
    writer.image(code, { alt: address, width: 140 });
    for (const language of languagesOf(c.req.query('in'))) write(writer, language, confirmation, address);
  });
  return c.body(new Uint8Array(pdf), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': `inline; filename="hms-kort-${String(confirmation.orderNumber)}.pdf"`,
    'Cache-Control': 'no-store',
  });
}

function write(
  writer: PdfWriter,
  language: ConfirmationLanguage,
  confirmation: Confirmation,
  address: string,
): void {
  const t = words[language];
  writer.heading(language === 'nb' ? 1 : 2, t.title);
  writer.paragraph(t.text);
  writer.terms(termsOf(language, confirmation));
  writer.paragraph(`${t.check} ${address}`);
}
