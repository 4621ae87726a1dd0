import { createPdf, type PdfWriter } from '../web/pdf.ts';
import { type AgreementTexts, DOCUMENT_LANGUAGES, type DocumentFacts, evidenceText } from './rules.ts';
import type { SignedRecord } from './signing.ts';

/** Files carry this moment, so that the same agreement is the same file whenever it is made. */
const MADE_AT = new Date('2026-11-28T00:00:00Z');

/** What a vendor's document says of itself besides its text. */
export interface DocumentTitle {
  readonly vendor: DocumentFacts['vendor'];
  readonly version: string;
  readonly number: number;
}

/** A signature as the page of evidence shows it. */
export interface Evidence {
  readonly record: SignedRecord;
  readonly jws: string;
}

/** The file that both sides sign: the agreement in bokmål, nynorsk and English. */
export function drawDocument(title: DocumentTitle, texts: AgreementTexts): Promise<Buffer> {
  return createPdf({ title: titleOf(title, texts), language: 'nb', at: MADE_AT }, (pdf) => {
    drawTexts(pdf, title, texts);
  });
}

/**
 * The signed copy: the text of the document, and who signed it, when and with which login.
 * @param origin of the installation, where the file can be verified
 */
export function drawCopy(
  title: DocumentTitle,
  texts: AgreementTexts,
  signed: { readonly business: Evidence; readonly vendor: Evidence; readonly origin: string },
): Promise<Buffer> {
  return createPdf({ title: titleOf(title, texts), language: 'nb', at: MADE_AT }, (pdf) => {
    drawTexts(pdf, title, texts);
    for (const language of ['nb', 'en'] as const) {
      pdf.section(language, (section) => {
        drawEvidence(section, language, title, signed);
      });
    }
  });
}

const titleOf = ({ vendor, version, number }: DocumentTitle, texts: AgreementTexts): string =>
  `${texts.nb.title}, ${vendor.name}, ${version}/${String(number)}`;

function drawTexts(pdf: PdfWriter, { version, number }: DocumentTitle, texts: AgreementTexts): void {
  for (const language of DOCUMENT_LANGUAGES) {
    const { title, lead, parts } = texts[language];
    pdf.section(language, (section) => {
      section.heading(1, title);
      section.paragraph(evidenceText(language === 'en' ? 'en' : 'nb', 'version', { version, number }));
      section.paragraph(lead);
      for (const [index, part] of parts.entries()) {
        section.heading(2, `${String(index + 1)}. ${part.heading}`);
        section.paragraph(part.text);
        if (part.items.length > 0) section.list(part.items);
      }
    });
  }
}

type EvidenceLanguage = Parameters<typeof evidenceText>[0];
type Signed = Parameters<typeof drawCopy>[2];

function drawEvidence(
  pdf: PdfWriter,
  language: EvidenceLanguage,
  { version, number }: DocumentTitle,
  { business, vendor, origin }: Signed,
): void {
  const word = (...key: Parameters<typeof evidenceText> extends [unknown, ...infer Rest] ? Rest : never) =>
    evidenceText(language, ...key);
  pdf.heading(1, word('title'));
  pdf.paragraph(word('lead'));
  pdf.terms([
    [word('document'), word('version', { version, number })],
    [word('hash'), business.record.document.sha256],
  ]);
  for (const [side, { record, jws }] of [
    ['business', business],
    ['vendor', vendor],
  ] as const) {
    const { party, signer, at, login } = record;
    pdf.heading(2, word(side));
    pdf.terms([
      [word('party'), `${party.name}, ${party.organisationNumber}`],
      [word('signedBy'), signer.name],
      [word('role'), signer.role],
      [word('at'), at],
      [word('login'), word('acr', { acr: login.acr, authTime: login.authTime })],
      [word('sid'), login.sessionSha256],
    ]);
    // The record itself is the same in every language: once is enough.
    if (language === 'nb') pdf.terms([[word('record'), jws]]);
  }
  pdf.paragraph(word('verify', { address: `${origin}/verify`, keys: `${origin}/.well-known/jwks.json` }));
}
