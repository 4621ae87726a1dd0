import { createHash } from 'node:crypto';
import type { Language } from '../kernel/language.ts';
import published from './standard-2026-11.json' with { type: 'json' };

/** The text of an agreement in one language. */
export interface AgreementText {
  readonly title: string;
  readonly parts: readonly { readonly heading: string; readonly text: string }[];
}

/** One published version of the standard data processing agreement (GDPR article 28). */
export interface StandardAgreement {
  readonly version: string;
  /** Of both languages' text: what the parties accepted can be told from any other text. */
  readonly sha256: Buffer;
  readonly text: Readonly<Record<Language, AgreementText>>;
}

/** SHA-256 of a text in both languages, in an order of its own, whatever the file's layout. */
function hashOf(version: string, text: StandardAgreement['text']): Buffer {
  const lines = (['nb', 'en'] as const).flatMap((language) => [
    language,
    text[language].title,
    ...text[language].parts.flatMap((part) => [part.heading, part.text]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([version, ...lines]))
    .digest();
}

/** The version that new agreements are made with. A published text never changes: a change is a new file. */
export const standardAgreement: StandardAgreement = {
  version: published.version,
  sha256: hashOf(published.version, published),
  text: { nb: published.nb, en: published.en },
};
