import { formatDate } from '../kernel/dates.ts';
import { formatMoney, nok } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { createPdf } from '../web/pdf.ts';
import { sumsOfDocument, type InvoiceDocument, type Party } from './rules.ts';

/** The texts of a language: `invoices:pdf.*` and `invoices:document.*`. */
export type Texts = (key: string, values?: Readonly<Record<string, string>>) => string;

/** `1234 56 78901`, as accounts are written. */
export function formatAccount(account: string): string {
  return `${account.slice(0, 4)} ${account.slice(4, 6)} ${account.slice(6)}`;
}

/** What the VAT rate is called: `25 %`. */
export function formatRate(basisPoints: number): string {
  return `${String(basisPoints / 100).replace('.', ',')}\u00a0%`;
}

function partyText({ name, organisationNumber, address }: Party): string {
  const place = `${address.postalCode} ${address.place}`.trim();
  return [name, ...address.lines, place, formatOrganisationNumber(organisationNumber)]
    .filter((line) => line !== '')
    .join('\n');
}

/** The document on paper. `at` is when it was issued, so that it is the same file whenever it is asked for. */
export function drawPdf(document: InvoiceDocument, at: Date, t: Texts): Promise<Buffer> {
  const { language, kind, number, seller, buyer, unit, credits } = document;
  const title = t(`invoices:document.${kind}`, { number: String(number) });
  const { excludingVat, vat, includingVat } = sumsOfDocument(document);
  const money = (ore: number) => formatMoney(nok(ore), language);
  return createPdf({ title: `${title} – ${seller.name}`, language, at }, (pdf) => {
    pdf.heading(1, title);
    pdf.paragraph(document.note);
    pdf.terms([
      [t('invoices:field.seller'), `${partyText(seller)} MVA\nForetaksregisteret`],
      [t('invoices:field.buyer'), partyText(buyer)],
      [t('invoices:field.unit'), `${unit.name}, ${formatOrganisationNumber(unit.organisationNumber)}`],
      [t('invoices:field.order'), String(document.orderNumber)],
      ...(document.customerReference === ''
        ? []
        : [[t('invoices:field.reference'), document.customerReference] as const]),
      ...(credits === undefined ? [] : [[t('invoices:field.credits'), String(credits.number)] as const]),
      [t('invoices:field.issuedOn'), formatDate(document.issuedOn, language)],
    ]);
    pdf.table(
      [
        { header: t('invoices:field.item'), share: 0.52 },
        { header: t('invoices:field.count'), share: 0.12, align: 'right' },
        { header: t('invoices:field.price'), share: 0.18, align: 'right' },
        { header: t('invoices:field.sum'), share: 0.18, align: 'right' },
      ],
      [
        ...document.lines.map((line) => [
          line.description === '' ? line.name : `${line.name}\n${line.description}`,
          String(line.count),
          money(line.priceOre),
          money(line.priceOre * line.count),
        ]),
        [t('invoices:field.excluding'), '', '', money(excludingVat.ore)],
        [t('invoices:field.vat', { rate: formatRate(document.vatBasisPoints) }), '', '', money(vat.ore)],
        [t('invoices:field.including'), '', '', money(includingVat.ore)],
      ],
      3,
    );
    if (kind === 'credit-note') return;
    pdf.heading(2, t('invoices:pdf.pay'));
    pdf.terms([
      [t('invoices:field.toPay'), money(includingVat.ore)],
      [t('invoices:field.dueOn'), formatDate(document.dueOn, language)],
      [t('invoices:field.account'), formatAccount(seller.account)],
      [t('invoices:field.kid'), document.kid],
    ]);
  });
}
