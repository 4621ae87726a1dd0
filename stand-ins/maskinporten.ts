import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  jwtVerify,
  SignJWT,
  type JWTPayload,
} from 'jose';
import { faults, maskinportenIssuer, type MachineClient, type StandInContext } from './context.ts';

const tokenLifetime = 600;
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const clockTolerance = 10;
const longestAssertion = 120;

/** A refusal with Maskinporten's own code; the code also stands first in the description, as in the real service. */
type Refusal = { status: ContentfulStatusCode; error: string; code: string; text: string };

type Grant = { client: MachineClient; claims: JWTPayload; scopes: string[] };

const refusal = (
  code: string,
  text: string,
  error = 'invalid_grant',
  status: ContentfulStatusCode = 400,
): Refusal => ({
  status,
  error,
  code,
  text,
});

/**
 * Maskinporten: machine tokens by a signed JWT grant. Its issuer, and so the audience of the grant, ends with a slash.
 * Mount it at `/maskinporten`.
 */
export function maskinporten(context: StandInContext): Hono {
  const issuer = maskinportenIssuer(context);
  const app = new Hono();
  app.use(faults(context, 'maskinporten'));

  app.get('/.well-known/oauth-authorization-server', (c) =>
    c.json({
      issuer,
      token_endpoint: `${issuer}token`,
      jwks_uri: `${issuer}jwk`,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      grant_types_supported: [grantType],
      token_endpoint_auth_signing_alg_values_supported: ['RS256', 'RS384', 'RS512'],
    }),
  );

  app.get('/jwk', (c) => {
    const { kty, n, e, kid } = context.store.state.secrets.maskinportenKey;
    return c.json({ keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] });
  });

  app.post('/token', async (c) => {
    const form = await c.req.parseBody();
    const assertion = form['assertion'];
    const outcome =
      form['grant_type'] !== grantType || typeof assertion !== 'string'
        ? refusal('MP-001', 'The request needs the JWT bearer grant type and an assertion', 'invalid_request')
        : await readGrant(context, issuer, assertion);
    if ('code' in outcome) {
      const { status, error, code, text } = outcome;
      return c.json(
        { error, error_description: `${code}: ${text}`, error_uri: `${issuer}errors#${code}` },
        status,
      );
    }
    return c.json({
      access_token: await sign(context, issuer, outcome),
      token_type: 'Bearer',
      expires_in: tokenLifetime - 1,
      scope: outcome.scopes.join(' '),
    });
  });
  return app;
}

async function readGrant(
  context: StandInContext,
  issuer: string,
  assertion: string,
): Promise<Grant | Refusal> {
  const client = findClient(context, assertion);
  if (client === undefined) return refusal('MP-100', 'Unknown client', 'invalid_client');
  const verified = await verifyAssertion(client, issuer, assertion);
  if ('code' in verified) return verified;
  const { claims } = verified;
  const wrong = checkTimes(claims) ?? checkReplay(context, client, claims);
  if (wrong !== undefined) return wrong;
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ').filter(Boolean) : [];
  if (scopes.length === 0) return refusal('MP-200', 'The grant names no scope', 'invalid_scope');
  const lacking = scopes.find((scope) => !client.scopes.includes(scope));
  if (lacking !== undefined) return refusal('MP-250', `No access to the scope ${lacking}`, 'invalid_scope');
  return checkDelegation(context, client, claims, scopes) ?? { client, claims, scopes };
}

function findClient(context: StandInContext, assertion: string): MachineClient | undefined {
  try {
    const { iss } = decodeJwt(assertion);
    return context.machineClients.find((one) => one.clientId === iss);
  } catch {
    return undefined;
  }
}

async function verifyAssertion(
  client: MachineClient,
  issuer: string,
  assertion: string,
): Promise<{ claims: JWTPayload } | Refusal> {
  if (decodeProtectedHeader(assertion).kid === undefined) return refusal('MP-124', 'The header has no kid');
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(client.jwks), {
      audience: issuer,
      algorithms: ['RS256', 'RS384', 'RS512'],
      clockTolerance,
    });
    return { claims: payload };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return refusal('MP-130', 'The grant has expired');
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
      return refusal('MP-110', `The audience has to be ${issuer}`);
    }
    return refusal('MP-124', 'The signature cannot be verified with the keys of the client');
  }
}

function checkTimes({ iat, exp }: JWTPayload): Refusal | undefined {
  if (iat === undefined || exp === undefined) return refusal('MP-130', 'The grant needs both iat and exp');
  if (Math.abs(Date.now() / 1000 - iat) > clockTolerance) {
    return refusal('MP-130', `iat is more than ${String(clockTolerance)} seconds from now`);
  }
  if (exp - iat > longestAssertion) {
    return refusal('MP-130', `exp is more than ${String(longestAssertion)} seconds after iat`);
  }
  return undefined;
}

function checkReplay(
  { store }: StandInContext,
  client: MachineClient,
  { jti, exp = 0 }: JWTPayload,
): Refusal | undefined {
  if (jti === undefined) return refusal('MP-012', 'The grant has no jti');
  const key = `${client.clientId} ${jti}`;
  if (key in store.state.usedAssertions) return refusal('MP-012', 'The jti has been used before');
  store.state.usedAssertions[key] = exp + clockTolerance;
  store.changed();
  return undefined;
}

function checkDelegation(
  { store }: StandInContext,
  client: MachineClient,
  claims: JWTPayload,
  scopes: readonly string[],
): Refusal | undefined {
  const consumer = claims['consumer_org'];
  if (consumer === undefined) return undefined;
  const delegated = scopes.every((scope) =>
    store.state.delegations.some(
      (one) => one.consumer === consumer && one.supplier === client.organisationNumber && one.scope === scope,
    ),
  );
  return delegated ? undefined : refusal('MP-251', 'The customer has not delegated the scope');
}

const organisation = (organisationNumber: string): { authority: string; ID: string } => ({
  authority: 'iso6523-actorid-upis',
  ID: `0192:${organisationNumber}`,
});

async function sign(
  context: StandInContext,
  issuer: string,
  { client, claims, scopes }: Grant,
): Promise<string> {
  const key = context.store.state.secrets.maskinportenKey;
  const customer = claims['consumer_org'];
  const parties =
    typeof customer === 'string'
      ? {
          consumer: organisation(customer),
          supplier: organisation(client.organisationNumber),
          delegation_source: `${context.servicesOrigin}/`,
        }
      : { consumer: organisation(client.organisationNumber) };
  const resource = claims['resource'];
  return new SignJWT({
    client_id: client.clientId,
    client_amr: 'private_key_jwt',
    token_type: 'Bearer',
    scope: scopes.join(' '),
    ...parties,
  })
    .setProtectedHeader({ alg: 'RS256', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(issuer)
    .setAudience(isResource(resource) ? resource : 'unspecified')
    .setIssuedAt()
    .setExpirationTime(`${String(tokenLifetime)}s`)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(key, 'RS256'));
}

function isResource(value: unknown): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}
