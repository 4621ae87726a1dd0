import { domainToUnicode } from 'node:url';

/** What a vendor is known by: its own addresses, in the registers and here. */
export interface KnownVendor {
  readonly name: string;
  readonly emails: readonly string[];
  /** E.164. */
  readonly mobiles: readonly string[];
}

/** Why an address may be somebody else's than the business's. */
export type Suspicion =
  | {
      readonly kind: 'vendor-address' | 'vendor-domain' | 'similar-domain' | 'vendor-mobile';
      readonly vendor: string;
    }
  | { readonly kind: 'used-elsewhere'; readonly businesses: number };

/** Mail providers that anybody may have an address at: sharing their domain says nothing. */
const PROVIDERS = new Set([
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'hotmail.no',
  'live.com',
  'live.no',
  'msn.com',
  'icloud.com',
  'me.com',
  'yahoo.com',
  'yahoo.no',
  'online.no',
  'frisurf.no',
  'getmail.no',
  'broadpark.no',
  'lyse.net',
  'proton.me',
  'protonmail.com',
]);

/** Letters of other alphabets, and signs, that are read as a Latin letter; after case and accents are gone. */
const READ_AS: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  і: 'l',
  ј: 'j',
  к: 'k',
  ӏ: 'l',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  ѕ: 's',
  т: 't',
  у: 'y',
  ԝ: 'w',
  х: 'x',
  г: 'r',
  п: 'n',
  ь: 'b',
  α: 'a',
  β: 'b',
  ε: 'e',
  η: 'n',
  ι: 'l',
  κ: 'k',
  μ: 'm',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ω: 'w',
  γ: 'y',
  æ: 'ae',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  ı: 'l',
  ŋ: 'n',
  ŧ: 't',
  ß: 'b',
  ɡ: 'g',
  ɑ: 'a',
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '5': 's',
  '6': 'b',
  '8': 'b',
  '9': 'g',
  i: 'l',
  j: 'l',
  '|': 'l',
};

/** A text as the eye reads it: two that look alike have the same. */
function skeleton(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return Array.from(plain, (letter) => READ_AS[letter] ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('cl', 'd')
    .replace(/[-_.\u00ad\u200b-\u200d]/gu, '');
}

/** The domain of an e-mail address in readable letters, IDN decoded; empty where there is none. */
export function domainOf(email: string): string {
  const written = email
    .slice(email.lastIndexOf('@') + 1)
    .toLowerCase()
    .replace(/\.$/u, '');
  const readable = domainToUnicode(written);
  return readable === '' ? written : readable;
}

/** The part of a domain that somebody chose: without the top level, or `.co.uk` and the like. */
function chosenPart(domain: string): string {
  const labels = domain.split('.');
  const ends = labels.length > 2 && /^(?:co|com|org|net|ac|priv)$/u.test(labels.at(-2) ?? '') ? 2 : 1;
  return labels.slice(Math.max(0, labels.length - ends - 1), labels.length - ends).join('.');
}

/** Whether two domains are not the same but easily taken for each other. */
export function domainsAlike(one: string, other: string): boolean {
  const [a, b] = [one, other].map((domain) => skeleton(chosenPart(domain))) as [string, string];
  // Short names are near each other by chance; the same name under another top level is not chance.
  if (a === b) return a.length >= 3;
  const length = Math.max(a.length, b.length);
  if (Math.min(a.length, b.length) < 6) return false;
  if (a.includes(b) || b.includes(a)) return true;
  return distance(a, b) <= (length >= 12 ? 2 : 1);
}

/** Optimal string alignment distance: letters added, left out, exchanged, or two swapped. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * What speaks against new addresses being the business's own. What was the business's before is not held against it.
 */
export function suspicionsOf(
  added: { readonly email: string | null; readonly mobile: string | null },
  vendors: readonly KnownVendor[],
  elsewhere: number,
): Suspicion[] {
  const found = vendors.flatMap((vendor) => [
    ...(added.email === null ? [] : emailSuspicion(added.email, vendor)),
    ...(added.mobile !== null && vendor.mobiles.includes(added.mobile)
      ? [{ kind: 'vendor-mobile', vendor: vendor.name } as const]
      : []),
  ]);
  return elsewhere > 0 ? [...found, { kind: 'used-elsewhere', businesses: elsewhere }] : found;
}

function emailSuspicion(email: string, vendor: KnownVendor): Suspicion[] {
  const address = email.toLowerCase();
  const domain = domainOf(email);
  const known = vendor.emails.map((one) => one.toLowerCase());
  if (known.includes(address)) return [{ kind: 'vendor-address', vendor: vendor.name }];
  const domains = known.map(domainOf).filter((one) => !PROVIDERS.has(one));
  if (domains.some((one) => one === domain || domain.endsWith(`.${one}`)))
    return [{ kind: 'vendor-domain', vendor: vendor.name }];
  const alike = !PROVIDERS.has(domain) && domains.some((one) => domainsAlike(one, domain));
  return alike ? [{ kind: 'similar-domain', vendor: vendor.name }] : [];
}
