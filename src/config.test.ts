import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { testCertificate } from '../tests/support/test-certificate.ts';
import { demoMarker, loadConfig, loadStartConfig, type Environment } from './config.ts';

function jwk(kid: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA' });
}

function cardKeys(kid: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify([{ ...privateKey.export({ format: 'jwk' }), kid }]);
}

const key = (): string => randomBytes(32).toString('base64');
const demoKey = (): string =>
  Buffer.concat([Buffer.from(demoMarker), randomBytes(32)])
    .subarray(0, 32)
    .toString('base64');
const database = (role: string, password = 'a-real-one'): string =>
  `postgres://${role}:${password}@db.example.no/kortvakt`;

const production: Environment = {
  KORTVAKT_MODE: 'production',
  KORTVAKT_ORIGIN: 'https://kortvakt.example.no',
  DATABASE_URL: database('request'),
  DATABASE_MIGRATE_URL: database('migrate'),
  DATABASE_JOBS_URL: database('jobs'),
  DATABASE_CHECK_URL: database('check'),
  KORTVAKT_NATIONAL_ID_KEYS: `k2:${key()},k1:${key()}`,
  KORTVAKT_HASH_KEY: key(),
  KORTVAKT_SESSION_SECRET: key(),
  KORTVAKT_SIGNING_KEY: jwk('sign-1'),
  KORTVAKT_CARD_KEYS: cardKeys('cards-1'),
  KORTVAKT_CHECKPOINT_DIRECTORY: '/srv/checkpoints',
  IDPORTEN_ISSUER: 'https://idporten.example.no',
  IDPORTEN_CLIENT_ID: 'kortvakt',
  IDPORTEN_CLIENT_JWK: jwk('idporten-1'),
  MASKINPORTEN_ISSUER: 'https://maskinporten.example.no/',
  MASKINPORTEN_CLIENT_ID: 'kortvakt',
  MASKINPORTEN_CLIENT_JWK: jwk('maskinporten-1'),
  ENHETSREGISTERET_URL: 'https://enhet.example.no/api/',
  ENHETSREGISTERET_AUTHORISED_URL: 'https://enhet.example.no/autorisert',
  AAREG_URL: 'https://aareg.example.no',
  FOLKEREGISTERET_URL: 'https://freg.example.no',
  KRR_URL: 'https://krr.example.no',
  KOFUVI_URL: 'https://kofuvi.example.no',
  CARD_ISSUER_URL: 'https://issuer.example.no',
  ACCESS_POINT_URL: 'https://access-point.example.no',
  INVOICE_ISSUER: JSON.stringify({
    organisationNumber: '310000906',
    name: 'KORTUTSTEDEREN AS',
    street: 'Testgata 2',
    postalCode: '0151',
    place: 'OSLO',
    account: '99900000010',
  }),
  SMTP_URL: 'smtps://mail.example.no',
  MAIL_FROM: 'kortvakt@example.no',
};

function problemsWith(changes: Environment): readonly string[] {
  const loaded = loadConfig({ ...production, ...changes });
  return loaded.ok ? [] : loaded.error;
}

describe('the settings', () => {
  test('a complete production environment is parsed, with the documented defaults', () => {
    const loaded = loadConfig(production);
    if (!loaded.ok) throw new Error(loaded.error.join('\n'));
    const { secrets, ...config } = loaded.value;
    expect(config).toMatchObject({
      mode: 'production',
      origin: 'https://kortvakt.example.no',
      listen: { host: undefined, port: 3000 },
      dataFolder: './data',
      trustedProxyHops: 0,
      allowSynthetic: false,
      session: { idleMinutes: 30, absoluteMinutes: 480 },
      checks: { perMinute: 30 },
      logLevel: 'info',
      maskinporten: { issuer: 'https://maskinporten.example.no/' },
      registers: { enhetsregisteretUrl: 'https://enhet.example.no/api' },
    });
    expect(config.officers.roles).toHaveLength(10);
    expect(config.officers.actAlone).toEqual(['DTPR', 'DTSO', 'LEDE']);
    expect(secrets.nationalIdKeys.map(({ id }) => id)).toEqual(['k2', 'k1']);
    expect(secrets.hashKey).toHaveLength(32);
  });

  test('demo mode listens on loopback only and allows synthetic people', () => {
    const loaded = loadConfig({ ...production, KORTVAKT_MODE: undefined, KORTVAKT_ORIGIN: '', PORT: '3100' });
    expect(loaded).toMatchObject({
      ok: true,
      value: {
        mode: 'demo',
        origin: 'http://localhost:3100',
        listen: { host: '127.0.0.1', port: 3100 },
        allowSynthetic: true,
      },
    });
  });

  test('lists parse to the codes that were named', () => {
    const loaded = loadConfig({
      ...production,
      OFFICER_ROLES: 'DAGL, INNH',
      OFFICER_ROLES_ACT_ALONE: 'none',
      TRUSTED_PROXY: '2',
      PERMIT_CARD_TYPES: 'cleaning, construction',
      PERMIT_FREE_CITIZENSHIPS: 'NOR,SWE',
    });
    expect(loaded).toMatchObject({
      ok: true,
      value: {
        officers: { roles: ['DAGL', 'INNH'], actAlone: [] },
        trustedProxyHops: 2,
        workers: {
          permits: { cardTypes: ['cleaning', 'construction'], freeCitizenships: ['NOR', 'SWE'] },
        },
      },
    });
  });

  test('every missing setting gets a line of its own', () => {
    const loaded = loadConfig({ KORTVAKT_MODE: 'production' });
    const lines = loaded.ok ? [] : loaded.error;
    for (const name of Object.keys(production).filter(
      (n) => !['KORTVAKT_MODE', 'KORTVAKT_ORIGIN'].includes(n),
    )) {
      expect(lines).toContain(`${name} is missing`);
    }
    expect(lines).toHaveLength(Object.keys(production).length - 2);
  });

  test.each<[string, Environment, RegExp]>([
    ['an unknown mode', { KORTVAKT_MODE: 'staging' }, /^KORTVAKT_MODE must be demo or production$/],
    ['a port out of range', { PORT: '70000' }, /^PORT must be from 0 to 65535$/],
    ['a port that is no number', { PORT: '3e3' }, /^PORT must be a whole number$/],
    [
      'an origin with a path',
      { KORTVAKT_ORIGIN: 'https://a.example.no/kort' },
      /^KORTVAKT_ORIGIN must have no path$/,
    ],
    [
      'a short key',
      { KORTVAKT_HASH_KEY: randomBytes(16).toString('base64') },
      /^KORTVAKT_HASH_KEY must be at least/,
    ],
    [
      'a key ring without ids',
      { KORTVAKT_NATIONAL_ID_KEYS: key() },
      /^KORTVAKT_NATIONAL_ID_KEYS must be a list/,
    ],
    [
      'a key ring that names a key twice',
      { KORTVAKT_NATIONAL_ID_KEYS: `a:${key()},a:${key()}` },
      /^KORTVAKT_NATIONAL_ID_KEYS names the same key twice$/,
    ],
    [
      'a public key as private',
      { IDPORTEN_CLIENT_JWK: '{"kty":"OKP","kid":"a","alg":"EdDSA"}' },
      /^IDPORTEN_CLIENT_JWK/,
    ],
    [
      'a private key among those of before',
      { KORTVAKT_EARLIER_SIGNING_KEYS: `[${jwk('sign-0')}]` },
      /^KORTVAKT_EARLIER_SIGNING_KEYS must be a JSON array of public JSON Web Keys/,
    ],
    ['another database', { DATABASE_URL: 'mysql://localhost/x' }, /^DATABASE_URL must be an address/],
    ['an unknown role', { OFFICER_ROLES: 'DAGL,SJEF' }, /^OFFICER_ROLES must be none or a list of/],
    ['idle longer than absolute', { SESSION_IDLE_MINUTES: '600' }, /^SESSION_IDLE_MINUTES must not be more/],
    [
      'a certificate that is none',
      { KOFUVI_CERTIFICATE: 'x' },
      /^KOFUVI_CERTIFICATE must be a certificate in PEM$/,
    ],
    [
      'a certificate without its key',
      { KOFUVI_CERTIFICATE: testCertificate.certificate },
      /^KOFUVI_CERTIFICATE and KOFUVI_KEY must be given together$/,
    ],
    [
      "a certificate with another's key",
      {
        KOFUVI_CERTIFICATE: testCertificate.certificate,
        KOFUVI_KEY: String(
          generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
        ),
      },
      /^KOFUVI_KEY must be the key of KOFUVI_CERTIFICATE$/,
    ],
    ['a type of card that is none', { PERMIT_CARD_TYPES: 'cleaning,office' }, /^PERMIT_CARD_TYPES must be/],
    ['a country by name', { PERMIT_FREE_CITIZENSHIPS: 'Norge' }, /^PERMIT_FREE_CITIZENSHIPS must be codes/],
    ['a proxy by name', { TRUSTED_PROXY: 'nginx' }, /^TRUSTED_PROXY must be none or/],
  ])('%s is refused with one line', (_what, changes, line) => {
    const problems = problemsWith(changes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(line);
  });
});

test('signing keys of before are none, or public ones', () => {
  const earlier = { kty: 'OKP', kid: 'sign-0', alg: 'EdDSA', crv: 'Ed25519', x: 'AA' };
  const given = { ...production, KORTVAKT_EARLIER_SIGNING_KEYS: JSON.stringify([earlier]) };
  expect(loadConfig(production)).toMatchObject({ ok: true, value: { secrets: { earlierSigningJwks: [] } } });
  expect(loadConfig(given)).toMatchObject({
    ok: true,
    value: { secrets: { earlierSigningJwks: [earlier] } },
  });
});

test('a certificate for KoFuVi is taken with its key', () => {
  const { certificate, key: privateKey } = testCertificate;
  expect(
    loadConfig({ ...production, KOFUVI_CERTIFICATE: certificate, KOFUVI_KEY: privateKey }),
  ).toMatchObject({
    ok: true,
    value: { registers: { kofuviCertificate: { certificate, key: privateKey } } },
  });
});

describe('production refuses to start', () => {
  test.each<[string, Environment, string]>([
    [
      'a demo key in the ring, even as an old one',
      { KORTVAKT_NATIONAL_ID_KEYS: `a:${key()},b:${demoKey()}` },
      'KORTVAKT_NATIONAL_ID_KEYS',
    ],
    ['a demo hash key', { KORTVAKT_HASH_KEY: demoKey() }, 'KORTVAKT_HASH_KEY'],
    ['a demo session secret', { KORTVAKT_SESSION_SECRET: demoKey() }, 'KORTVAKT_SESSION_SECRET'],
    ['demo card keys', { KORTVAKT_CARD_KEYS: cardKeys('demo-1') }, 'KORTVAKT_CARD_KEYS'],
    ['a demo signing key', { KORTVAKT_SIGNING_KEY: jwk('demo-1') }, 'KORTVAKT_SIGNING_KEY'],
    ['a demo client key', { IDPORTEN_CLIENT_JWK: jwk('demo-1') }, 'IDPORTEN_CLIENT_JWK'],
    ['a demo database password', { DATABASE_JOBS_URL: database('jobs', 'demo-abc') }, 'DATABASE_JOBS_URL'],
    ['an issuer on localhost', { IDPORTEN_ISSUER: 'https://localhost:4001' }, 'IDPORTEN_ISSUER'],
    ['an issuer under localhost', { IDPORTEN_ISSUER: 'https://id.localhost' }, 'IDPORTEN_ISSUER'],
    ['an issuer on 127/8', { MASKINPORTEN_ISSUER: 'https://127.9.0.1' }, 'MASKINPORTEN_ISSUER'],
    ['an issuer on ::1', { IDPORTEN_ISSUER: 'https://[::1]:4001' }, 'IDPORTEN_ISSUER'],
    ['an issuer on mapped 127.0.0.1', { IDPORTEN_ISSUER: 'https://[::ffff:127.0.0.1]' }, 'IDPORTEN_ISSUER'],
    ['text messages of this machine', { ALTINN_URL: 'https://localhost:3002/altinn' }, 'ALTINN_URL'],
    ['a register without TLS', { AAREG_URL: 'http://aareg.example.no' }, 'AAREG_URL'],
    ['an origin without TLS', { KORTVAKT_ORIGIN: 'http://kortvakt.example.no' }, 'KORTVAKT_ORIGIN'],
    ['synthetic people', { ALLOW_SYNTHETIC: 'yes' }, 'ALLOW_SYNTHETIC'],
  ])('with %s', (_what, changes, name) => {
    const problems = problemsWith(changes);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.split(' ')[0]).toBe(name);
    expect(loadConfig({ ...production, ...changes, KORTVAKT_MODE: 'demo' })).toMatchObject({ ok: true });
  });

  test('and no line tells a secret', () => {
    const secret = demoKey();
    const lines = problemsWith({
      KORTVAKT_HASH_KEY: secret,
      KORTVAKT_SESSION_SECRET: 'not-base64!',
      DATABASE_URL: 'hunter2',
    });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join('\n')).not.toMatch(/hunter2|not-base64/);
    expect(lines.join('\n')).not.toContain(secret);
  });
});

describe('what a start needs', () => {
  test('tells whether an embedded database is wanted and whether the folder was chosen', () => {
    expect(loadStartConfig({})).toMatchObject({
      ok: true,
      value: { mode: 'demo', embeddedDatabase: true, dataFolderChosen: false, dataFolder: './data' },
    });
    expect(loadStartConfig({ DATABASE_URL: database('request'), KORTVAKT_DATA: '/srv/kort' })).toMatchObject({
      ok: true,
      value: { embeddedDatabase: false, dataFolderChosen: true, dataFolder: '/srv/kort' },
    });
    expect(loadStartConfig({ PORT: 'x' })).toEqual({ ok: false, error: ['PORT must be a whole number'] });
  });
});
