import type { Language } from '../kernel/language.ts';
import type { Texts } from './pdf.ts';
import type { Invoice } from './records.ts';
import type { InvoiceDocument } from './rules.ts';

/** The texts in a language. */
export type TextsOf = (language: Language) => Texts;

/** What stands on a document, in a language: only the official price, whatever a vendor charges besides. */
export function documentOf(invoice: Invoice, language: Language, t: Texts): InvoiceDocument {
  const { parties, kind, cards, priceOre } = invoice;
  return {
    ...parties,
    kind,
    number: invoice.number,
    issuedOn: invoice.issuedOn,
    dueOn: invoice.dueOn,
    kid: invoice.kid,
    orderNumber: invoice.orderNumber,
    customerReference: invoice.customerReference,
    credits: invoice.credits,
    lines: [
      {
        name: t('invoices:document.item', { type: t(`invoices:cardType.${invoice.cardType}`) }),
        description: t('invoices:document.unit', {
          unit: parties.unit.name,
          number: parties.unit.organisationNumber,
          order: String(invoice.orderNumber),
        }),
        count: cards,
        priceOre,
      },
    ],
    vatBasisPoints: invoice.vatBasisPoints,
    note: t(`invoices:liable.${kind}`, {
      business: parties.buyer.name,
      credits: String(invoice.credits?.number ?? ''),
    }),
    language,
  };
}
