import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import standard from './standard-2026-12.json' with { type: 'json' };
import { grantableRights } from '../access/index.ts';
import {
  agreementText,
  agreementTexts,
  differences,
  DOCUMENT_LANGUAGES,
  type DocumentFacts,
  type DocumentLanguage,
  earlierText,
  expiryOf,
  REMINDER_DAYS,
  reminderDue,
  standardSha256,
} from './rules.ts';

/** What a processing agreement has to say by article 28(3): the preamble's elements, then letters a to h, then the warning. */
const ARTICLE_28 = [
  'subject',
  'duration',
  'nature',
  'purpose',
  'dataTypes',
  'dataSubjects',
  'rights',
  'a',
  'b',
  'c',
  'd',
  'e',
  'f',
  'g',
  'h',
  'unlawful',
] as const;

const retention = { documentDays: 14, photoDays: 90, uploadDays: 30 };
const facts: DocumentFacts = {
  vendor: { name: 'RIMELIG KORTHJELP AS', organisationNumber: '310000035' },
  places: 'Norge',
  subProcessors: [{ name: 'Sky AS', country: 'Sverige', purpose: 'lagrer filer' }],
  retention,
};

/** What article 28(3) requires a contract to say, as words that the parts which answer it have to hold. */
const CHECKLIST: Readonly<Record<(typeof ARTICLE_28)[number], Readonly<Record<DocumentLanguage, RegExp>>>> = {
  subject: {
    nb: /bestille og følge opp HMS-kort/u,
    nn: /bestille og følgje opp HMS-kort/u,
    en: /order and follow up HSE cards/u,
  },
  duration: { nb: /24 måneder/u, nn: /24 månader/u, en: /24 months/u },
  nature: {
    nb: /se, registrere, sende inn og slette/u,
    nn: /sjå, registrere, sende inn og slette/u,
    en: /see, record, submit and delete/u,
  },
  purpose: { nb: /Formålet er/u, nn: /Føremålet er/u, en: /The purpose is/u },
  dataTypes: {
    nb: /fødselsdato.*foto|foto.*fødselsdato/su,
    nn: /fødselsdato.*foto|foto.*fødselsdato/su,
    en: /date of birth.*photo|photo.*date of birth/su,
  },
  dataSubjects: {
    nb: /arbeidstakerne i virksomheten/u,
    nn: /arbeidstakarane i verksemda/u,
    en: /workers of the business/u,
  },
  rights: {
    nb: /ansvar for at behandlingen har rettslig grunnlag.*rett til å kontrollere/su,
    nn: /ansvar for at behandlinga har rettsleg grunnlag.*rett til å kontrollere/su,
    en: /responsible for the legal basis.*right to audit/su,
  },
  a: {
    nb: /dokumenterte instrukser.*utenfor EØS/su,
    nn: /dokumenterte instruksar.*utanfor EØS/su,
    en: /documented instructions.*outside the EEA/su,
  },
  b: { nb: /taushetsplikt/u, nn: /teieplikt/u, en: /confidential/u },
  c: { nb: /artikkel 32 krever/u, nn: /artikkel 32 krev/u, en: /article 32 requires/u },
  d: {
    nb: /godkjenner underleverandørene.*minst 30 dager.*si nei.*de samme pliktene.*svarer for dem/su,
    nn: /godkjenner underleverandørane.*minst 30 dagar.*seie nei.*dei same pliktene.*svarar for dei/su,
    en: /approves the sub-processors.*at least 30 days.*object.*the same duties.*answers for them/su,
  },
  e: { nb: /kapittel III/u, nn: /kapittel III/u, en: /chapter III/u },
  f: {
    nb: /sikkerheten.*brudd.*personvernkonsekvenser.*forhåndsdrøfting/su,
    nn: /tryggleiken.*brot.*personvernkonsekvensar.*førehandsdrøfting/su,
    en: /security.*breaches.*impact assessments.*prior consultation/su,
  },
  g: {
    nb: /sletter leverandøren alle opplysninger.*leverer dem tilbake, slik virksomheten velger.*kopier/su,
    nn: /slettar leverandøren alle opplysningar.*leverer dei tilbake, slik verksemda vel.*kopiar/su,
    en: /deletes all the data.*returns them, as the business chooses.*copies/su,
  },
  h: {
    nb: /alt som trengs for å vise.*kontroll og inspeksjon/su,
    nn: /alt som trengst for å vise.*kontroll og inspeksjon/su,
    en: /all that is needed to show.*audits and inspections/su,
  },
  unlawful: {
    nb: /instruks bryter loven, sier den fra/u,
    nn: /instruks bryt lova, seier han frå/u,
    en: /instruction breaks the law, it tells/u,
  },
};

/** All that the parts which cover an element say, in one language. */
function said(element: (typeof ARTICLE_28)[number], language: DocumentLanguage): string {
  const { parts } = agreementText(facts, language);
  return standard.parts
    .flatMap(({ covers }, index) => (covers.includes(element) ? [parts[index]] : []))
    .map((part) => `${part?.text ?? ''} ${part?.items.join(' ') ?? ''}`)
    .join(' ');
}

describe('the built-in agreement', () => {
  const cases = ARTICLE_28.flatMap((element) =>
    DOCUMENT_LANGUAGES.map((language) => [element, language] as const),
  );
  test.each(cases)('answers article 28(3) %s in %s', (element, language) => {
    expect(said(element, language)).toMatch(CHECKLIST[element][language]);
  });

  test('covers nothing that the article does not name', () => {
    const covered = new Set(standard.parts.flatMap(({ covers }) => covers));
    expect([...covered].sort()).toEqual([...ARTICLE_28].sort());
  });

  test('has the same parts in each language, none empty and none with anything left to fill in', () => {
    for (const language of DOCUMENT_LANGUAGES) {
      const text = agreementText(facts, language);
      expect(text.parts).toHaveLength(standard.parts.length);
      expect(text.parts.every((part) => part.heading !== '' && part.text.length > 40)).toBe(true);
      expect(JSON.stringify(text)).not.toMatch(/\{\{|undefined/u);
    }
  });

  test('says what is true here: every right that a vendor may have, what each shows, retention, sub-processors, places', () => {
    const items = agreementText(facts, 'en').parts.flatMap((part) => part.items);
    expect(items.filter((item) => item.includes(': sees '))).toHaveLength(grantableRights('vendor').length);
    expect(items).toContain('See the list of workers: sees name, date of birth, unit, employment');
    expect(items).toContain('Sky AS, Sverige: lagrer filer');
    expect(items).toContain('photo: 90 days after the card has expired, or when there was no card');
    expect(
      agreementText({ ...facts, subProcessors: [] }, 'nb').parts.flatMap((part) => part.items),
    ).toContain('Ingen');
    const changed = agreementTexts({
      ...facts,
      places: 'Irland',
      retention: { ...retention, photoDays: 10 },
    });
    expect(JSON.stringify(changed.nn)).toMatch(/Irland.*10 dagar/su);
  });

  test('a published text is what its hash says: a change is a new version, never the same one', () => {
    expect(standardSha256(retention).toString('hex')).toMatchInlineSnapshot(
      `"16921f617d2f46b4e34d9e1a540eee3d657b36080aae9d64277869f7037b1135"`,
    );
    expect(standardSha256({ ...retention, photoDays: 91 })).not.toEqual(standardSha256(retention));
  });

  test('of before is still there to read', () => {
    expect(earlierText('2026-11', 'nn')?.parts).toHaveLength(12);
    expect(earlierText('2020-01', 'nb')).toBeUndefined();
  });
});

describe('differences', () => {
  test('show the sentences that changed, and nothing else', () => {
    const later = { ...facts, places: 'Norge og Irland' };
    const found = differences(agreementText(facts, 'en'), agreementText(later, 'en'));
    expect(found.filter(({ kind }) => kind !== 'same')).toEqual([
      {
        heading: 'Where the data are processed',
        kind: 'changed',
        before: ['The vendor processes the data here: Norge.'],
        after: ['The vendor processes the data here: Norge og Irland.'],
      },
    ]);
  });

  test('name parts that are new and parts that are gone', () => {
    const now = agreementText(facts, 'nb');
    const fewer = { ...now, parts: now.parts.slice(1) };
    expect(differences(fewer, now).filter(({ kind }) => kind !== 'same')).toMatchObject([
      { heading: 'Hva avtalen gjelder', kind: 'added' },
    ]);
    expect(differences(now, fewer).filter(({ kind }) => kind !== 'same')).toMatchObject([
      { heading: 'Hva avtalen gjelder', kind: 'removed' },
    ]);
  });
});

describe('ends', () => {
  test('an agreement lasts through the same day two years on, in Oslo', () => {
    expect(expiryOf(new Date('2026-11-28T23:30:00Z')).toISOString()).toBe('2028-11-29T23:00:00.000Z');
    expect(expiryOf(new Date('2026-06-01T10:00:00Z')).toISOString()).toBe('2028-06-01T22:00:00.000Z');
  });

  const now = new Date('2026-11-28T10:00:00Z');
  const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
  test.each([
    [61, null, undefined],
    [60, null, 60],
    [45, 60, undefined],
    [30, 60, 30],
    [30, 30, undefined],
    [6, 60, 7],
    [6, null, 7],
    [1, 7, undefined],
    [0, null, undefined],
    [-1, 30, undefined],
  ])('%d days before, with %s sent, the reminder is %s', (days, sent, due) => {
    expect(reminderDue(inDays(days), sent, now)).toBe(due);
  });

  test('each reminder is sent once at most, and the later ones always', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20 }), (length, step) => {
        let sent: number | null = null;
        const all: number[] = [];
        for (let day = length; day > 0; day -= step) {
          const due = reminderDue(inDays(day), sent, now);
          if (due === undefined) continue;
          all.push(due);
          sent = due;
        }
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((days) => REMINDER_DAYS.some((known) => known === days))).toBe(true);
        expect([...all].sort((a, b) => b - a)).toEqual(all);
      }),
    );
  });
});
