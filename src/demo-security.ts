import { sql } from 'kysely';
import type { ActingFor } from './access/index.ts';
import type { Services } from './app.ts';
import { openDatabase } from './database/database.ts';
import { inTransaction } from './database/transaction.ts';
import { answerSecurity, SECURITY_QUESTIONS, type SecurityQuestion } from './vendors/index.ts';

/** What a vendor can show for a yes, in its own words; null for a no. A question that is not there is not answered. */
type Evidence = Partial<Record<SecurityQuestion, string | null>>;

/** The fair vendor has answered everything, also with a no. */
export const THOROUGH: Evidence = {
  'own-logins': 'Brukerliste per 1. november, gjennomgått av daglig leder. Ingen felles brukere.',
  'two-factor': 'Sikkerhetsnøkkel for alle. Oppsettet kan vises på skjerm.',
  'least-access': 'Tre av ni ansatte har tilgang til kundenes opplysninger. Listen sendes på forespørsel.',
  'access-removed': 'Sjekkliste ved slutt, punkt 2. Sist brukt i september.',
  encrypted: 'Diskene er krypterte, og all trafikk går over TLS 1.3. Egen kontroll i august.',
  backups: 'Kopi hver natt. Gjenoppretting prøvd 14. oktober, med protokoll.',
  'own-equipment':
    'Private telefoner og maskiner slipper ikke inn. Regelen står i personalhåndboken, kapittel 6.',
  'deletion-routine':
    'Opplysninger slettes 30 dager etter at kortet er sendt. Rutinen ligger på nettsidene våre.',
  'deletion-copies': 'E-post med opplysninger om ansatte tas ikke imot. Utskrifter makuleres samme dag.',
  'deletion-proof': 'Kunden får en kvittering med dato og antall. Eksempel sendes på forespørsel.',
  'incident-plan': 'Beredskapsplan på fire sider. Sist øvd 3. juni.',
  'incident-day': 'Vakttelefon hele døgnet. Fristen på 24 timer står i planen.',
  'incident-log': 'Avviksregister siden 2019. To mindre avvik i år, begge lukket.',
  confidentiality: 'Signert av alle ni. Mal sendes på forespørsel.',
  'never-bankid': 'Står i arbeidsavtalen. Brudd er oppsigelsesgrunn.',
  'named-people': 'Kunden ser hvem som er satt på fullmakten. Vi sier fra før det blir en ny.',
  'log-of-actions': null,
  'sub-list': 'Vi har ingen underleverandører. Får vi en, står den på denne siden 30 dager før.',
  'sub-agreements': 'Ingen underleverandører, så ingen avtaler ennå. Malen ligger klar.',
  'sub-checked': null,
  'training-start': 'Kurs på to timer før første pålogging, med prøve.',
  'training-yearly': null,
  'places-eea': 'Alt ligger i Norge.',
  'places-known': 'Egne maskiner i Oslo, sikkerhetskopier i Hamar.',
  'places-remote': null,
};

/** The dear one has answered little, and not looked at it since. */
export const HASTY: Evidence = {
  'own-logins': 'Ja, alle har egen bruker.',
  encrypted: 'Ja, ifølge leverandøren av systemet.',
  'log-of-actions': null,
  'sub-list': null,
};

/** Has a vendor answer the questions on security. */
export async function answerQuestions(
  { database }: Services,
  acting: ActingFor,
  evidence: Evidence,
): Promise<void> {
  const answers = Object.fromEntries(
    SECURITY_QUESTIONS.map((question) => {
      const shown = evidence[question];
      if (shown === undefined) return [question, { answer: 'none', evidence: '' }];
      return [question, { answer: shown === null ? 'no' : 'yes', evidence: shown ?? '' }];
    }),
  ) as Parameters<typeof answerSecurity>[2];
  const answered = await answerSecurity({ database }, acting, answers);
  if (!answered.ok)
    throw new Error(`The demonstration could not answer on security: ${JSON.stringify(answered.error)}.`);
}

/** Lets the vendor have come aboard, and answered, fourteen months ago: nobody can do that by an action. */
export async function longAgo({ config, database }: Services, vendorNumber: string): Promise<void> {
  const { id } = await inTransaction(database, { kind: 'job', name: 'demo.load' }, ({ query }) =>
    query
      .selectFrom('businesses')
      .select('id')
      .where('organisation_number', '=', vendorNumber)
      .executeTakeFirstOrThrow(),
  );
  const owner = openDatabase({ request: config.database.migrateUrl, check: config.database.migrateUrl }, 1);
  try {
    await owner.request.transaction().execute(async (query) => {
      for (const [table, column] of [
        ['vendor_answers', 'answered_at'],
        ['vendor_profiles', 'registered_at'],
      ] as const) {
        // Row-level security is forced on the owner, too.
        await sql`alter table ${sql.table(table)} no force row level security`.execute(query);
        await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sql.ref(column)} - interval '14 months'
          where vendor_id = ${id} and ${sql.ref(column)} > now() - interval '1 month'`.execute(query);
        await sql`alter table ${sql.table(table)} force row level security`.execute(query);
      }
    });
  } finally {
    await owner.close();
  }
}
