import type { Language } from '../kernel/language.ts';

/** Where the authority's messages to a business go. `null`: nothing is known. */
export interface ContactDetails {
  readonly email: string | null;
  /** E.164: `+4791234567`. */
  readonly mobile: string | null;
  readonly addressLines: readonly string[];
  readonly postalCode: string | null;
  readonly city: string | null;
  /** Who in the business looks after the cards. */
  readonly responsible: string | null;
  readonly language: Language;
}

/** The fields as a reader knows them; the parts of the postal address are one of them. */
export const CONTACT_FIELDS = ['email', 'mobile', 'address', 'responsible', 'language'] as const;
export type ContactField = (typeof CONTACT_FIELDS)[number];

/** Lines that a postal address may have above its postal code. */
export const MAX_ADDRESS_LINES = 3;

/**
 * Reads a mobile number as people type it: Norwegian with eight digits that start with 4 or 9 (the national numbering
 * plan, E.164), or any country's with its code after `+` or `00`. Returns it in E.164, or undefined.
 */
export function parseMobile(typed: string): string | undefined {
  const digits = typed.replace(/[\s().\-\u2010-\u2015\u00a0]/gu, '').replace(/^00/u, '+');
  if (/^[49]\d{7}$/u.test(digits)) return `+47${digits}`;
  if (digits.startsWith('+47')) return /^\+47[49]\d{7}$/u.test(digits) ? digits : undefined;
  return /^\+[1-9]\d{6,14}$/u.test(digits) ? digits : undefined;
}

/** A number as it is read: `+47 912 34 567`; other countries' as they are stored. */
export function formatMobile(mobile: string): string {
  const [, first, second, third] = /^\+47(\d{3})(\d{2})(\d{3})$/u.exec(mobile) ?? [];
  return first === undefined ? mobile : `+47 ${first} ${second ?? ''} ${third ?? ''}`;
}

/** Which fields differ, in the order in which they are shown. */
export function changedFields(before: ContactDetails, after: ContactDetails): ContactField[] {
  return CONTACT_FIELDS.filter((field) => textOf(before, field) !== textOf(after, field));
}

/** One field as text, for comparing and for showing; the empty text when nothing is known. */
export function textOf(details: ContactDetails, field: ContactField): string {
  switch (field) {
    case 'address':
      return [...details.addressLines, [details.postalCode, details.city].filter(Boolean).join(' ')]
        .filter((line) => line !== '')
        .join('\n');
    case 'mobile':
      return details.mobile === null ? '' : formatMobile(details.mobile);
    case 'email':
    case 'responsible':
    case 'language':
      return details[field] ?? '';
  }
}
