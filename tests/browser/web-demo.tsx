import type { Hono, Context } from 'hono';
import { z } from 'zod';
import { parsePlainDate } from '../../src/kernel/dates.ts';
import { nok } from '../../src/kernel/money.ts';
import { loadAssets } from '../../src/web/assets.ts';
import {
  Actions,
  Alert,
  Button,
  Card,
  CardGrid,
  DateText,
  DescriptionList,
  Details,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Pagination,
  Section,
  Table,
  Tag,
} from '../../src/web/components.tsx';
import type { AppEnv, SessionInfo } from '../../src/web/context.ts';
import { forbiddenPage } from '../../src/web/errors.tsx';
import {
  emptyForm,
  formAcceptance,
  formList,
  parseForm,
  readForm,
  type FormState,
} from '../../src/web/form-parsing.ts';
import {
  Checkbox,
  CheckboxGroup,
  DateField,
  FileField,
  PostForm,
  RadioGroup,
  SubmitButton,
  TextField,
  Textarea,
} from '../../src/web/forms.tsx';
import { createTranslator } from '../../src/web/languages.ts';
import type { Navigation } from '../../src/web/navigation.ts';
import { redirectDone, renderPage } from '../../src/web/page.tsx';
import { createWebApp, type WebOptions } from '../../src/web/web.ts';

/** A small service made of nothing but the web layer, to try all of it in a browser. */

const business = {
  id: '310000019',
  name: 'BLÅ HAMMER AS',
  organisationNumber: '310 000 019',
};

const session: SessionInfo = {
  tokenHash: Buffer.alloc(32, 7),
  personId: '019ab000-0000-7000-8000-000000000001',
  name: 'Våken Spurv',
  acr: 'high',
  authTime: new Date('2026-11-24T04:00:00Z'),
  unread: 2,
};

const navigation: Navigation = {
  home: '/',
  login: '/login',
  logout: '/logout',
  chooseBusiness: '/businesses',
  ownMessages: '/profile/messages',
  ownCards: '/my-cards',
  userProfile: () => '/profile',
  check: '/check',
  topMenu: () => [
    { key: 'orders', href: '/form', label: 'web:header.orders' },
    { key: 'cards', href: '/cards', label: 'web:header.cards' },
    { key: 'business', href: '/access', label: 'web:header.business' },
  ],
  sideMenu: (_business, active) =>
    active === 'business'
      ? [
          { key: 'access', href: '/access', label: 'web:header.access' },
          { key: 'contact', href: '/contact', label: 'web:header.contact' },
        ]
      : [],
};

const words = { done: { removed: 'Tilgangen er fjernet.' } };

/** Logged in as the session above when the cookie `demo` is there. */
async function demoOptions(publicOrigin: string): Promise<WebOptions> {
  return {
    assets: await loadAssets(),
    translator: createTranslator({ nb: { demo: words }, en: { demo: words } }, (_language, key) => {
      throw new Error(`No text by the key ${key}`);
    }),
    navigation,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    publicOrigin,
    issuerOrigin: 'https://idporten.invalid',
    csrfSecret: 'a secret for the demonstration alone',
    readSession: (c) =>
      Promise.resolve(c.req.header('cookie')?.includes('demo=yes') === true ? session : null),
    framedByIssuer: ['/logout/front'],
    csrfExempt: ['/logout/back'],
  };
}

export async function demoApp(publicOrigin: string): Promise<Hono<AppEnv>> {
  const app = createWebApp(await demoOptions(publicOrigin));
  app.get('/', (c) => renderPage(c, { title: 'Kortvakt', narrow: true }, <Front />));
  app.get('/access', (c) => accessPage(c));
  app.get('/form', (c) => formPage(c, emptyForm));
  app.post('/form', async (c) => {
    const parsed = parseForm(schema, await readForm(c));
    return parsed.ok ? redirectDone(c, '/access', 'demo:done.removed') : formPage(c, parsed.error);
  });
  app.get('/vendor', (c) =>
    renderPage(
      c,
      {
        title: 'Kort',
        business,
        active: 'cards',
        actingVendor: { id: '310000035', name: 'RIMELIG KORTHJELP AS', rights: [] },
      },
      <EmptyState title="Ingen kort ennå">
        <p>Kort som du bestiller for virksomheten, kommer her.</p>
        <LinkButton href="/form">Bestill kort</LinkButton>
      </EmptyState>,
    ),
  );
  app.get('/refused', (c) =>
    forbiddenPage(c, {
      rule: 'En leverandør kan aldri endre kontaktinformasjon.',
      whoCanChange: 'Daglig leder i virksomheten kan endre den.',
    }),
  );
  app.get('/broken', () => {
    throw new Error('secret inside');
  });
  return app;
}

const people = [
  { name: 'Våken Spurv', role: 'Daglig leder', kind: 'officer', since: '2024-02-01', until: undefined },
  {
    name: 'Áilu Đorđe Šaŋŋa',
    role: 'Bestille, Se kort',
    kind: 'person',
    since: '2026-03-15',
    until: '2027-03-14',
  },
  {
    name: 'RIMELIG KORTHJELP AS',
    role: 'Bestille',
    kind: 'vendor',
    since: '2026-09-01',
    until: '2026-12-31',
  },
] as const;

const kinds = {
  officer: <Tag color="neutral">Rolleinnehaver</Tag>,
  person: <Tag color="info">Person</Tag>,
  vendor: <Tag color="warning">Leverandør</Tag>,
};

function accessPage(c: Context<AppEnv>) {
  return renderPage(
    c,
    {
      title: 'Tilganger',
      business,
      active: 'business',
      sideActive: 'access',
      breadcrumbs: [{ label: 'Virksomhet', href: '/access' }],
    },
    <>
      <Lead>Alle som kan handle for virksomheten, og hva de kan gjøre.</Lead>
      <Alert color="warning" title="En tilgang utløper snart">
        <p>
          RIMELIG KORTHJELP AS mister tilgangen om 5 uker. <Link href="/access">Se tilgangen</Link>
        </p>
      </Alert>
      <Actions>
        <LinkButton href="/form">Gi tilgang</LinkButton>
        <LinkButton href="/form" variant="secondary">
          Finn leverandør
        </LinkButton>
      </Actions>
      <Table
        caption="Hvem som har tilgang"
        rows={people}
        columns={[
          { header: 'Navn', cell: (row) => row.name },
          { header: 'Type', cell: (row) => kinds[row.kind] },
          { header: 'Kan', cell: (row) => row.role },
          { header: 'Siden', cell: (row) => <Day text={row.since} /> },
          { header: 'Siste dag', cell: (row) => (row.until === undefined ? '–' : <Day text={row.until} />) },
          {
            header: '',
            align: 'end',
            cell: (row) =>
              row.kind === 'officer' ? (
                <Link href="/access" label={`Hvor endres den? Rollen til ${row.name}`}>
                  Hvor endres den?
                </Link>
              ) : (
                <PostForm action="/form" class="form inline">
                  <Button variant="secondary" color="danger" size="sm" label={`Fjern ${row.name}`}>
                    Fjern
                  </Button>
                </PostForm>
              ),
          },
        ]}
      />
      <Pagination page={4} pages={12} href={(page) => `/access?page=${String(page)}`} />
      <Section title="Databehandleravtale">
        <DescriptionList
          items={[
            { term: 'Leverandør', value: 'RIMELIG KORTHJELP AS' },
            { term: 'Gebyr per kort', value: <Money amount={nok(9900)} /> },
            { term: 'Pris i alt', value: <Money amount={nok(1_329_000)} /> },
            { term: 'Tilstand', value: <Tag color="success">Gjelder</Tag> },
          ]}
        />
        <Button disabledReason="Avtalen kan bare sies opp av en rolleinnehaver. Våken Spurv kan gjøre det.">
          Si opp avtalen
        </Button>
        <Details summary="Hva ser leverandøren?">
          <p>Bare det som trengs for å bestille.</p>
        </Details>
      </Section>
      <CardGrid>
        <Card title="Bestill kort" href="/form">
          <p>Velg arbeidstakere og legg ved bilde.</p>
        </Card>
        <Card title="Kontroller et kort" href="/check">
          <p>Se om et kort er gyldig.</p>
        </Card>
      </CardGrid>
    </>,
  );
}

function Day({ text }: { text: string }) {
  const date = parsePlainDate(text);
  return date === undefined ? null : <DateText date={date} />;
}

function Front() {
  return (
    <>
      <Lead>Bestill HMS-kort selv, og bestem hvem som hjelper deg.</Lead>
      <Alert color="danger" title="Del aldri BankID">
        <p>Ingen leverandør trenger BankID-en din for å bestille kort.</p>
      </Alert>
      <Alert color="success">
        <p>Kortet er gyldig.</p>
      </Alert>
      <Alert>
        <p>Du blir sendt til ID-porten.</p>
      </Alert>
      <Actions>
        <LinkButton href="/login">Logg inn</LinkButton>
      </Actions>
    </>
  );
}

const schema = z.object({
  email: z.email(),
  unit: z.enum(['oslo', 'tromso']),
  workers: formList(z.string(), { min: 1 }),
  delivery: z.enum(['business', 'home']),
  reference: z.string().min(3).max(20).optional(),
  note: z.string().optional(),
  lastDay: z.string().refine((text) => parsePlainDate(text) !== undefined, 'web:form.date'),
  photo: z.instanceof(File, { error: 'web:form.file' }),
  accept: formAcceptance,
});

function formPage(c: Context<AppEnv>, state: FormState) {
  const failed = Object.keys(state.errors).length > 0;
  return renderPage(
    c,
    { title: 'Bestill kort', business, active: 'orders', narrow: true, status: failed ? 422 : 200 },
    <PostForm state={state} files>
      <TextField name="email" label="E-post" type="email" description="Hit sender vi kvitteringen." />
      <RadioGroup
        name="unit"
        label="Underenhet"
        choices={[
          { value: 'oslo', label: 'BLÅ HAMMER AS AVD OSLO' },
          { value: 'tromso', label: 'BLÅ HAMMER AS AVD TROMSØ' },
        ]}
      />
      <CheckboxGroup
        name="workers"
        label="Arbeidstakere"
        description="Velg dem som skal ha kort."
        choices={[
          { value: '1', label: 'Łukasz Żółć', description: 'Født 1990' },
          { value: '2', label: 'Márjá Čáhppes', description: 'Født 1984' },
          { value: '3', label: 'Sluttet Due', disabledReason: 'Arbeidsforholdet er avsluttet.' },
        ]}
      />
      <RadioGroup
        name="delivery"
        label="Levering"
        value="business"
        choices={[
          { value: 'business', label: 'Til virksomheten' },
          { value: 'home', label: 'Hjem til arbeidstakeren', description: 'Folkeregistrert adresse' },
        ]}
      />
      <TextField name="reference" label="Deres referanse" optional size={20} />
      <Textarea name="note" label="Melding til kortutstederen" optional />
      <DateField name="lastDay" label="Siste dag" />
      <FileField name="photo" label="Bilde" accept={['image/jpeg', 'image/png']} maxBytes={10_000_000} />
      <Checkbox name="accept" label="Jeg har lest vilkårene" />
      <Actions>
        <SubmitButton>Bestill</SubmitButton>
        <LinkButton href="/access" variant="tertiary">
          Avbryt
        </LinkButton>
      </Actions>
    </PostForm>,
  );
}
