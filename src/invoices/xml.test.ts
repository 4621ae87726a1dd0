import fc from 'fast-check';
import { XmlDocument, XmlElement, type XmlNode } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import { addDays, parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { isKid, kidOf, type InvoiceDocument } from './rules.ts';
import { drawXml } from './xml.ts';

const NAMESPACES = {
  cac: 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2',
  cbc: 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2',
};

/** Names and references as registers and people write them. */
const text = fc.oneof(
  fc.constantFrom(
    'BLÅ HAMMER AS',
    'Æ Ø Å æøå',
    'Čáhcesuolu Đuottar Ŋáŋŋa Šávdni Ŧavvi Žuvla ÁÂ',
    'Łódź Šiauliai Țara & <Søn> "AS" ]]>',
    'x'.repeat(300),
    'Linje\neller\ttabulator',
  ),
  fc
    .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    .filter((one) => /\S/u.test(one.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ''))),
);
const maybe = fc.oneof(fc.constant(''), text);
const number = fc
  .integer({ min: 310_000_000, max: 319_999_999 })
  .map(String)
  .filter((one) => parseOrganisationNumber(one).ok);
const address = fc.record({ lines: fc.array(maybe, { maxLength: 3 }), postalCode: maybe, place: maybe });
const party = fc.record({ name: text, organisationNumber: number, address });
const date: fc.Arbitrary<PlainDate> = fc.integer({ min: 0, max: 2000 }).map((days) => {
  const first = parsePlainDate('2026-01-01');
  if (first === undefined) throw new Error('no date');
  return addDays(first, days);
});

/** A drawn document: an invoice or a credit note, of one line or many. */
const drawn: fc.Arbitrary<InvoiceDocument> = fc
  .record({
    seller: party.map((one) => ({ ...one, account: '99900000010' })),
    buyer: party,
    unit: fc.record({ name: text, organisationNumber: number }),
    kind: fc.constantFrom('invoice' as const, 'credit-note' as const),
    number: fc.integer({ min: 1, max: 999_999_999 }),
    issuedOn: date,
    orderNumber: fc.integer({ min: 1, max: 1_000_000_000 }),
    customerReference: maybe,
    lines: fc.array(
      fc.record({
        name: text,
        description: maybe,
        count: fc.integer({ min: 1, max: 10_000 }),
        priceOre: fc.integer({ min: 1, max: 100_000 }),
      }),
      { minLength: 1, maxLength: 100 },
    ),
    vatBasisPoints: fc.constantFrom(2500, 2500, 1500, 1111, 0),
    note: text,
    language: fc.constantFrom('nb' as const, 'en' as const),
  })
  .map((one) => ({
    ...one,
    dueOn: addDays(one.issuedOn, 14),
    kid: kidOf(one.number),
    credits: one.kind === 'credit-note' ? { number: 100_001, issuedOn: one.issuedOn } : undefined,
  }));

/** One rule that the document has to keep: its name where it has one, and whether it does. */
type Rule = readonly [name: string, holds: (x: Reader, document: InvoiceDocument) => boolean];

/** Reads the XML with a parser that is not the one that wrote it. */
class Reader {
  readonly #document: XmlDocument;
  readonly root: string;
  constructor(document: XmlDocument) {
    this.#document = document;
    this.root = document.root.name;
  }
  all(path: string): string[] {
    return this.#document.find(path, NAMESPACES).map((node: XmlNode) => node.content);
  }
  one(path: string): string {
    const found = this.all(path);
    if (found.length !== 1) throw new Error(`${path}: ${String(found.length)}`);
    return found[0] ?? '';
  }
  count(path: string): number {
    return this.all(path).length;
  }
  /** Names of the children in their order. */
  children(path: string): string[] {
    return this.#document
      .find(`${path}/*`, NAMESPACES)
      .flatMap((node) => (node instanceof XmlElement ? [node.name] : []));
  }
}

const ore = (amount: string): number => {
  if (!/^[0-9]+\.[0-9]{2}$/u.test(amount)) throw new Error(`${amount} is no amount with two decimals`);
  return Number(amount.replace('.', ''));
};
const mod11 = (text: string) => parseOrganisationNumber(text).ok;
const SELLER = '/*/cac:AccountingSupplierParty/cac:Party';
const BUYER = '/*/cac:AccountingCustomerParty/cac:Party';
const LINES = '/*/*[self::cac:InvoiceLine or self::cac:CreditNoteLine]';
const normal = (given: string) =>
  given
    .replace(/[\s\u0000-\u001f\u007f\ufffe\uffff]+/gu, ' ')
    .toWellFormed()
    .trim();

/** The order in which UBL 2.1 has what stands under the root. */
const ORDER = [
  'CustomizationID',
  'ProfileID',
  'ID',
  'IssueDate',
  'DueDate',
  'InvoiceTypeCode',
  'CreditNoteTypeCode',
  'Note',
  'DocumentCurrencyCode',
  'BuyerReference',
  'OrderReference',
  'BillingReference',
  'AccountingSupplierParty',
  'AccountingCustomerParty',
  'PaymentMeans',
  'PaymentTerms',
  'TaxTotal',
  'LegalMonetaryTotal',
  'InvoiceLine',
  'CreditNoteLine',
];

const RULES: readonly Rule[] = [
  [
    'R004 CustomizationID',
    (x) =>
      x.one('/*/cbc:CustomizationID') ===
      'urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0',
  ],
  [
    'R001 and R007 ProfileID',
    (x) => x.one('/*/cbc:ProfileID') === 'urn:fdc:peppol.eu:2017:poacc:billing:01:1.0',
  ],
  ['BR-02 number', (x, { number: no }) => x.one('/*/cbc:ID') === String(no)],
  ['BR-03 issue date', (x, { issuedOn }) => x.one('/*/cbc:IssueDate') === issuedOn],
  [
    'due date of an invoice',
    (x, { kind, dueOn }) =>
      kind === 'credit-note' ? x.count('/*/cbc:DueDate') === 0 : x.one('/*/cbc:DueDate') === dueOn,
  ],
  [
    'BR-CO-25 due date or terms',
    (x) => x.count('/*/cbc:DueDate') + x.count('/*/cac:PaymentTerms/cbc:Note') > 0,
  ],
  [
    'type code',
    (x, { kind }) =>
      kind === 'invoice'
        ? x.root === 'Invoice' && x.one('/*/cbc:InvoiceTypeCode') === '380'
        : x.root === 'CreditNote' && x.one('/*/cbc:CreditNoteTypeCode') === '381',
  ],
  [
    'BR-05 currency',
    (x) =>
      x.one('/*/cbc:DocumentCurrencyCode') === 'NOK' && x.all('//@currencyID').every((one) => one === 'NOK'),
  ],
  [
    'R003 buyer or order reference',
    (x, { orderNumber }) => x.one('/*/cac:OrderReference/cbc:ID') === String(orderNumber),
  ],
  [
    'customer reference',
    (x, { customerReference }) =>
      normal(customerReference) === ''
        ? x.count('/*/cbc:BuyerReference') === 0
        : x.one('/*/cbc:BuyerReference') === normal(customerReference),
  ],
  [
    'BG-3 what is credited',
    (x, { credits }) => x.count('/*/cac:BillingReference') === (credits === undefined ? 0 : 1),
  ],
  [
    'R020 seller’s endpoint',
    (x, { seller }) =>
      x.one(`${SELLER}/cbc:EndpointID`) === seller.organisationNumber &&
      x.one(`${SELLER}/cbc:EndpointID/@schemeID`) === '0192',
  ],
  [
    'R010 buyer’s endpoint',
    (x, { buyer }) =>
      x.one(`${BUYER}/cbc:EndpointID`) === buyer.organisationNumber &&
      x.one(`${BUYER}/cbc:EndpointID/@schemeID`) === '0192',
  ],
  [
    'COMMON-R041 nine digits, MOD11',
    (x) => [...x.all('//cbc:EndpointID'), ...x.all('//cac:PartyLegalEntity/cbc:CompanyID')].every(mod11),
  ],
  [
    'BR-06 and BR-07 names',
    (x, { seller, buyer }) =>
      x.one(`${SELLER}/cac:PartyLegalEntity/cbc:RegistrationName`) === normal(seller.name) &&
      x.one(`${BUYER}/cac:PartyLegalEntity/cbc:RegistrationName`) === normal(buyer.name),
  ],
  [
    'BR-09 and BR-11 countries',
    (x) => x.all('//cac:PostalAddress/cac:Country/cbc:IdentificationCode').join() === 'NO,NO',
  ],
  [
    'NO-R-001 VAT number',
    (x) =>
      /^NO[0-9]{9}MVA$/u.test(
        x.one(`${SELLER}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID`),
      ) &&
      mod11(x.one(`${SELLER}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID`).slice(2, 11)),
  ],
  [
    'NO-R-002 Foretaksregisteret',
    (x) =>
      x.one(`${SELLER}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='TAX']/cbc:CompanyID`) ===
      'Foretaksregisteret',
  ],
  [
    'legal entity by 0192',
    (x) => x.all('//cac:PartyLegalEntity/cbc:CompanyID/@schemeID').join() === '0192,0192',
  ],
  [
    'BR-49 and BR-50 payment',
    (x, { kind, kid, seller }) =>
      kind === 'credit-note'
        ? x.count('/*/cac:PaymentMeans') === 0
        : ['30', '31'].includes(x.one('/*/cac:PaymentMeans/cbc:PaymentMeansCode')) &&
          x.one('/*/cac:PaymentMeans/cbc:PaymentID') === kid &&
          isKid(kid) &&
          x.one('/*/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID') === seller.account,
  ],
  [
    'R053 one tax total, with subtotals',
    (x) => x.count('/*/cac:TaxTotal') === 1 && x.count('/*/cac:TaxTotal/cac:TaxSubtotal') === 1,
  ],
  [
    'tax category',
    (x, { vatBasisPoints }) =>
      [...x.all('//cac:TaxCategory/cbc:ID'), ...x.all('//cac:ClassifiedTaxCategory/cbc:ID')].every(
        (one) => one === (vatBasisPoints === 0 ? 'Z' : 'S'),
      ) &&
      [...x.all('//cac:TaxCategory/cbc:Percent'), ...x.all('//cac:ClassifiedTaxCategory/cbc:Percent')].every(
        (one) => Number(one) * 100 === vatBasisPoints,
      ),
  ],
  [
    'BR-CO-10 sum of the lines',
    (x) =>
      ore(x.one('/*/cac:LegalMonetaryTotal/cbc:LineExtensionAmount')) ===
      x
        .all(`${LINES}/cbc:LineExtensionAmount`)
        .map(ore)
        .reduce((a, b) => a + b, 0),
  ],
  [
    'BR-CO-13 excluding VAT',
    (x) =>
      x.one('/*/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount') ===
        x.one('/*/cac:LegalMonetaryTotal/cbc:LineExtensionAmount') &&
      x.one('//cbc:TaxableAmount') === x.one('/*/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount'),
  ],
  [
    'BR-CO-17 VAT once, half up',
    (x, { vatBasisPoints }) =>
      BigInt(ore(x.one('//cac:TaxSubtotal/cbc:TaxAmount'))) ===
      (BigInt(ore(x.one('//cbc:TaxableAmount'))) * BigInt(vatBasisPoints) + 5000n) / 10_000n,
  ],
  [
    'BR-CO-14 VAT total',
    (x) => x.one('/*/cac:TaxTotal/cbc:TaxAmount') === x.one('//cac:TaxSubtotal/cbc:TaxAmount'),
  ],
  [
    'BR-CO-15 including VAT',
    (x) =>
      ore(x.one('/*/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount')) ===
      ore(x.one('/*/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount')) +
        ore(x.one('/*/cac:TaxTotal/cbc:TaxAmount')),
  ],
  [
    'BR-CO-16 payable',
    (x) =>
      x.one('/*/cac:LegalMonetaryTotal/cbc:PayableAmount') ===
      x.one('/*/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount'),
  ],
  [
    'BR-16 lines, each once',
    (x, { lines }) => x.all(`${LINES}/cbc:ID`).join() === lines.map((_, index) => index + 1).join(),
  ],
  [
    'BR-22 to BR-26 quantity, name, price',
    (x, { lines }) =>
      x.all(`${LINES}/*[@unitCode='H87']`).join() === lines.map(({ count }) => count).join() &&
      x.all(`${LINES}/cac:Item/cbc:Name`).length === lines.length &&
      x.all(`${LINES}/cac:Price/cbc:PriceAmount`).map(ore).join() ===
        lines.map(({ priceOre }) => priceOre).join(),
  ],
  [
    'R120 quantity times price',
    (x, { lines }) =>
      x.all(`${LINES}/cbc:LineExtensionAmount`).map(ore).join() ===
      lines.map(({ count, priceOre }) => count * priceOre).join(),
  ],
  ['R008 no empty elements', (x) => x.count('//*[not(*) and not(normalize-space())]') === 0],
  ['R002 one note', (x, { note }) => x.one('/*/cbc:Note') === normal(note)],
  [
    'the order of UBL',
    (x) => {
      const places = x.children('/*').map((name) => ORDER.indexOf(name));
      return (
        !places.includes(-1) &&
        places.every((place, index) => index === 0 || place >= (places[index - 1] ?? 0))
      );
    },
  ],
];

/** The names of the rules that a document breaks. */
function broken(document: InvoiceDocument): string[] {
  using parsed = XmlDocument.fromString(drawXml(document));
  const reader = new Reader(parsed);
  return RULES.filter(([, holds]) => !holds(reader, document)).map(([name]) => name);
}

test('a hundred drawn documents keep every rule', { timeout: 60_000 }, () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(drawn, (document) => {
      kinds.add(document.kind);
      expect(broken(document)).toEqual([]);
    }),
    { numRuns: 100 },
  );
  expect(kinds.size).toBe(2);
});

describe('one document', () => {
  const [document] = fc.sample(drawn, { numRuns: 1, seed: 7 });
  if (document === undefined) throw new Error('none');
  const card: InvoiceDocument = {
    ...document,
    kind: 'invoice',
    credits: undefined,
    vatBasisPoints: 2500,
    lines: [{ name: 'HMS-kort', description: '', count: 40, priceOre: 132_90 }],
  };

  test('of forty cards has VAT once: 1,329.00, not forty times 33.23', () => {
    const xml = drawXml(card);
    expect(xml).toContain('<cbc:PayableAmount currencyID="NOK">6645.00</cbc:PayableAmount>');
    expect(xml).toContain('<cbc:PriceAmount currencyID="NOK">132.90</cbc:PriceAmount>');
  });

  test('is the same to the byte each time, and in UTF-8', () => {
    expect(drawXml(card)).toBe(drawXml(structuredClone(card)));
    expect(drawXml(card)).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>/u);
  });

  test.each<[string, Partial<InvoiceDocument>]>([
    ['NO-R-001 VAT number', { seller: { ...card.seller, organisationNumber: '310000018' } }],
    ['BR-49 and BR-50 payment', { kid: '0000000000001' }],
    ['R002 one note', { note: '' }],
  ])('is found wrong by the rule %s', (rule, change) => {
    const check = () => broken({ ...card, ...change });
    let found: readonly string[];
    try {
      found = check();
    } catch {
      found = [rule];
    }
    expect(found).toContain(rule);
  });
});
