import { create } from 'xmlbuilder2';
import { nok, multiplyMoney } from '../kernel/money.ts';
import { sumsOfDocument, type Address, type InvoiceDocument, type Party, type Seller } from './rules.ts';

const CUSTOMIZATION = 'urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0';
const PROFILE = 'urn:fdc:peppol.eu:2017:poacc:billing:01:1.0';
/** ISO 6523 identifiers of Norwegian organisation numbers. */
const SCHEME = '0192';
/** Payment by credit transfer, and invoices and credit notes for goods (UNTDID 4461 and 1001). */
const CREDIT_TRANSFER = '30';
const TYPE_CODES = { invoice: '380', 'credit-note': '381' } as const;
/** One piece (UN/ECE Recommendation 20). */
const PIECE = 'H87';

/** An element: its name, and its text (with attributes) or what is in it. */
type Node = readonly [
  name: string,
  content: string | readonly Node[],
  attributes?: Readonly<Record<string, string>>,
];

/**
 * The document as Peppol BIS Billing 3.0 (EHF): a UBL 2.1 invoice or credit note in UTF-8, the same to the byte each time.
 * What has no value is left out, since no element may be empty (PEPPOL-EN16931-R008).
 */
export function drawXml(document: InvoiceDocument): string {
  const kind = document.kind === 'invoice' ? 'Invoice' : 'CreditNote';
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele(
    `urn:oasis:names:specification:ubl:schema:xsd:${kind}-2`,
    kind,
  );
  root.att('xmlns:cac', 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2');
  root.att('xmlns:cbc', 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2');
  append(root, [
    ...header(document),
    ['cac:AccountingSupplierParty', [['cac:Party', sellerParty(document.seller)]]],
    ['cac:AccountingCustomerParty', [['cac:Party', buyerParty(document.buyer)]]],
    ...payment(document),
    ...totals(document),
    ...document.lines.map((line, index) => lineOf(document, line, index + 1)),
  ]);
  return root.end({ prettyPrint: true });
}

type Builder = ReturnType<typeof create>;

function append(parent: Builder, nodes: readonly Node[]): void {
  for (const [name, content, attributes = {}] of nodes) {
    const text = typeof content === 'string' ? clean(content) : undefined;
    if (text === '' || content.length === 0) continue;
    const element = parent.ele(name, attributes);
    if (text === undefined) append(element, content as readonly Node[]);
    else element.txt(text);
  }
}

/** As XML 1.0 can hold it, on one line: names come from registers and references from people. */
function clean(text: string): string {
  return text
    .replace(/[\s\u0000-\u001f\u007f\ufffe\uffff]+/gu, ' ')
    .toWellFormed()
    .trim();
}

/** Before the parties; UBL fixes the order. */
function header(document: InvoiceDocument): Node[] {
  const { kind, number, issuedOn, dueOn, note, customerReference, orderNumber, credits } = document;
  return [
    ['cbc:CustomizationID', CUSTOMIZATION],
    ['cbc:ProfileID', PROFILE],
    ['cbc:ID', String(number)],
    ['cbc:IssueDate', issuedOn],
    ...(kind === 'invoice' ? [['cbc:DueDate', dueOn] as const] : []),
    [kind === 'invoice' ? 'cbc:InvoiceTypeCode' : 'cbc:CreditNoteTypeCode', TYPE_CODES[kind]],
    ['cbc:Note', note],
    ['cbc:DocumentCurrencyCode', 'NOK'],
    ['cbc:BuyerReference', customerReference],
    ['cac:OrderReference', [['cbc:ID', String(orderNumber)]]],
    ...(credits === undefined
      ? []
      : [
          [
            'cac:BillingReference',
            [
              [
                'cac:InvoiceDocumentReference',
                [
                  ['cbc:ID', String(credits.number)],
                  ['cbc:IssueDate', credits.issuedOn],
                ],
              ],
            ],
          ] as const,
        ]),
  ];
}

function endpoint({ organisationNumber }: Party): Node {
  return ['cbc:EndpointID', organisationNumber, { schemeID: SCHEME }];
}

function sellerParty(seller: Seller): Node[] {
  const scheme = (id: string): Node => ['cac:TaxScheme', [['cbc:ID', id]]];
  return [
    endpoint(seller),
    ['cac:PartyName', [['cbc:Name', seller.name]]],
    postalAddress(seller.address),
    ['cac:PartyTaxScheme', [['cbc:CompanyID', `NO${seller.organisationNumber}MVA`], scheme('VAT')]],
    // Required of limited companies in Norway (NO-R-002).
    ['cac:PartyTaxScheme', [['cbc:CompanyID', 'Foretaksregisteret'], scheme('TAX')]],
    legalEntity(seller),
  ];
}

function buyerParty(buyer: Party): Node[] {
  return [
    endpoint(buyer),
    ['cac:PartyName', [['cbc:Name', buyer.name]]],
    postalAddress(buyer.address),
    legalEntity(buyer),
  ];
}

function legalEntity({ name, organisationNumber }: Party): Node {
  return [
    'cac:PartyLegalEntity',
    [
      ['cbc:RegistrationName', name],
      ['cbc:CompanyID', organisationNumber, { schemeID: SCHEME }],
    ],
  ];
}

function postalAddress({ lines, postalCode, place }: Address): Node {
  const [street = '', ...more] = lines.map(clean).filter((line) => line !== '');
  return [
    'cac:PostalAddress',
    [
      ['cbc:StreetName', street],
      ['cbc:AdditionalStreetName', more.join(', ')],
      ['cbc:CityName', place],
      ['cbc:PostalZone', postalCode],
      ['cac:Country', [['cbc:IdentificationCode', 'NO']]],
    ],
  ];
}

/** Where the money of an invoice goes. A credit note asks for none, and says so where terms have to stand (BR-CO-25). */
function payment({ kind, kid, seller, note }: InvoiceDocument): Node[] {
  if (kind === 'credit-note') return [['cac:PaymentTerms', [['cbc:Note', note]]]];
  return [
    [
      'cac:PaymentMeans',
      [
        ['cbc:PaymentMeansCode', CREDIT_TRANSFER],
        ['cbc:PaymentID', kid],
        [
          'cac:PayeeFinancialAccount',
          [
            ['cbc:ID', seller.account],
            ['cbc:Name', seller.name],
          ],
        ],
      ],
    ],
  ];
}

const amount = (name: string, ore: number): Node => [name, kroner(ore), { currencyID: 'NOK' }];

/** `166.13`: with a point and two decimals, as EN 16931 has it. */
function kroner(ore: number): string {
  return `${String(Math.floor(ore / 100))}.${String(ore % 100).padStart(2, '0')}`;
}

/** The VAT category: standard-rated, or zero-rated should the general rate ever be nothing. */
function category(name: string, vatBasisPoints: number): Node {
  return [
    name,
    [
      ['cbc:ID', vatBasisPoints === 0 ? 'Z' : 'S'],
      ['cbc:Percent', percent(vatBasisPoints)],
      ['cac:TaxScheme', [['cbc:ID', 'VAT']]],
    ],
  ];
}

function percent(basisPoints: number): string {
  return String(basisPoints / 100);
}

function totals(document: InvoiceDocument): Node[] {
  const sums = sumsOfDocument(document);
  const [excluding, vat, including] = [sums.excludingVat.ore, sums.vat.ore, sums.includingVat.ore];
  return [
    [
      'cac:TaxTotal',
      [
        amount('cbc:TaxAmount', vat),
        [
          'cac:TaxSubtotal',
          [
            amount('cbc:TaxableAmount', excluding),
            amount('cbc:TaxAmount', vat),
            category('cac:TaxCategory', document.vatBasisPoints),
          ],
        ],
      ],
    ],
    [
      'cac:LegalMonetaryTotal',
      [
        amount('cbc:LineExtensionAmount', excluding),
        amount('cbc:TaxExclusiveAmount', excluding),
        amount('cbc:TaxInclusiveAmount', including),
        amount('cbc:PayableAmount', including),
      ],
    ],
  ];
}

function lineOf(document: InvoiceDocument, line: InvoiceDocument['lines'][number], position: number): Node {
  const [element, quantity] =
    document.kind === 'invoice'
      ? (['cac:InvoiceLine', 'cbc:InvoicedQuantity'] as const)
      : (['cac:CreditNoteLine', 'cbc:CreditedQuantity'] as const);
  return [
    element,
    [
      ['cbc:ID', String(position)],
      [quantity, String(line.count), { unitCode: PIECE }],
      amount('cbc:LineExtensionAmount', multiplyMoney(nok(line.priceOre), line.count).ore),
      [
        'cac:Item',
        [
          ['cbc:Description', line.description],
          ['cbc:Name', line.name],
          category('cac:ClassifiedTaxCategory', document.vatBasisPoints),
        ],
      ],
      ['cac:Price', [amount('cbc:PriceAmount', line.priceOre)]],
    ],
  ];
}
