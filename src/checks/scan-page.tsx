import { Hono, type Context } from 'hono';
import { CARD_TYPES } from '../kernel/card-types.ts';
import { cardKeysPath, statusListsPath } from '../offline/index.ts';
import { Actions, Alert, DescriptionList, Lead, LinkButton, Section, Stack } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { renderPage } from '../web/page.tsx';
import { Camera } from './camera.tsx';

/** Where cards are checked by what their back says, also without a network. */
export const scanPath = '/check/scan';
const workerPath = '/check/service-worker.js';
const manifestPath = '/check/manifest.webmanifest';

/** How each answer looks; the words stand in the texts under its name. */
const verdicts = {
  valid: 'success',
  blocked: 'danger',
  suspended: 'warning',
  expired: 'warning',
  'cannot-tell': 'warning',
  'wrong-clock': 'warning',
  'unknown-key': 'warning',
  'not-genuine': 'danger',
  elsewhere: 'danger',
  front: 'info',
  'no-code': 'info',
} as const;

/** The fields of a card that a code holds, in the order of the card. */
const fields = [
  'holderName',
  'birthDate',
  'employerName',
  'organisationNumber',
  'cardType',
  'number',
  'lastDay',
] as const;

/**
 * The page that reads the code on the back of a card, kept by the browser so that it works where there is no network; the
 * program that keeps it; and what makes it installable.
 */
export function createScanPages(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(scanPath, (c) => scanPage(c));
  app.get(workerPath, (c) => {
    const script = c.get('web').assets.content('service-worker.js');
    // Browsers ask for it again and again: what it is must not be kept.
    c.header('Cache-Control', 'no-cache');
    c.header('Content-Type', 'text/javascript; charset=utf-8');
    return script === undefined ? c.notFound() : c.body(script);
  });
  app.get(manifestPath, (c) => {
    const t = c.get('t');
    c.header('Content-Type', 'application/manifest+json');
    return c.body(
      JSON.stringify({
        name: t('checks:scan.title'),
        short_name: t('checks:scan.short'),
        start_url: scanPath,
        scope: '/check/',
        display: 'standalone',
        background_color: '#ffffff',
        theme_color: '#0b6b3a',
        icons: [{ src: '/check/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any maskable' }],
      }),
    );
  });
  app.get('/check/icon.svg', (c) => {
    c.header('Content-Type', 'image/svg+xml');
    c.header('Cache-Control', 'public, max-age=86400');
    return c.body(ICON);
  });
  return app;
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><rect width="512" height="512" fill="#0b6b3a"/>' +
  '<rect x="96" y="146" width="320" height="220" rx="28" fill="#fff"/><path d="M160 262l60 60 132-132" fill="none" stroke="#0b6b3a" stroke-width="40" stroke-linecap="round" stroke-linejoin="round"/></svg>';

function scanPage(c: Context<AppEnv>) {
  const t = c.get('t');
  allowScanner(c);
  return renderPage(
    c,
    { title: t('checks:scan.title'), narrow: true, manifest: manifestPath },
    <Stack>
      <Lead>{t('checks:scan.lead')}</Lead>
      <div data-without-script>
        <Alert color="info" title={t('checks:scan.withoutScript.title')}>
          <p>{t('checks:scan.withoutScript.text')}</p>
        </Alert>
      </div>
      <Camera
        c={c}
        data={{
          'data-worker': workerPath,
          'data-keys': cardKeysPath,
          'data-lists': statusListsPath,
          'data-language': c.get('language'),
        }}
      >
        <p data-ready hidden>
          {t('checks:scan.ready')} <span data-list-age />
        </p>
        <p data-not-ready hidden>
          {t('checks:scan.notReady')}
        </p>
      </Camera>
      {Object.entries(verdicts).map(([kind, color]) => (
        <VerdictTemplate kind={kind} color={color} t={t} />
      ))}
      <CardTypes t={t} />
      <Section title={t('checks:advice.title')}>
        <ul class="ds-list">
          <li>{t('checks:scan.advice.face')}</li>
          <li>{t('checks:scan.advice.age')}</li>
          <li>{t('checks:advice.doubt')}</li>
        </ul>
      </Section>
      <Actions>
        <LinkButton href="/check" variant="secondary">
          {t('checks:scan.byNumber')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}

/** What the scanner shows of an answer; it fills in what it has read. */
function VerdictTemplate({
  kind,
  color,
  t,
}: {
  readonly kind: string;
  readonly color: (typeof verdicts)[keyof typeof verdicts];
  readonly t: Translate;
}) {
  const withCard = ['valid', 'blocked', 'suspended', 'expired', 'cannot-tell', 'wrong-clock'].includes(kind);
  return (
    <template data-verdict={kind}>
      <div class="stack">
        <Alert color={color} title={t(`checks:scan.verdict.${kind}.title`)}>
          <p>
            {t(`checks:scan.verdict.${kind}.text`)} <strong data-value="asOf" />
            <strong data-value="host" />
          </p>
        </Alert>
        {withCard ? (
          <>
            <DescriptionList
              items={fields.map((field) => ({
                term: t(`checks:scan.field.${field}`),
                value: <span data-value={field} />,
              }))}
            />
            <Alert color="warning" title={t('checks:face.title')}>
              <p>{t('checks:scan.face')}</p>
            </Alert>
          </>
        ) : null}
      </div>
    </template>
  );
}

/** The names of the card types, which a code holds as codes. */
function CardTypes({ t }: { readonly t: Translate }) {
  return (
    <template data-card-types>
      {CARD_TYPES.map((type) => (
        <span data-card-type={type}>{t(`cards:type.${type}`)}</span>
      ))}
    </template>
  );
}

/** On pages with the scanner, and on no other, WebAssembly may be compiled, and the browser may read what makes a page installable. */
export function allowScanner(c: Context<AppEnv>): void {
  const policy = c.res.headers.get('Content-Security-Policy') ?? '';
  c.header(
    'Content-Security-Policy',
    `${policy.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")}; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:`,
  );
}
