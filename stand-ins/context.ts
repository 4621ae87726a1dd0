import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { jwtVerify, importJWK, type JSONWebKeySet, type JWTPayload } from 'jose';
import type { ServiceName, Store } from './state.ts';

/** A client that is registered with the stand-in for Maskinporten. */
export type MachineClient = {
  clientId: string;
  jwks: JSONWebKeySet;
  /** The organisation that tokens name as consumer. */
  organisationNumber: string;
  /** Scopes that the organisation has been given. */
  scopes: readonly string[];
};

/** What every service is given: where it is, what it remembers, who its clients are. */
export type StandInContext = {
  store: Store;
  servicesOrigin: string;
  machineClients: readonly MachineClient[];
  /** The app's public keys, with which it signs what it hands over to the card issuer. */
  signingJwks: JSONWebKeySet;
  /** Milliseconds from acknowledged to produced, and from produced to shipped. */
  productionStepMs: number;
};

export function maskinportenIssuer(context: StandInContext): string {
  return `${context.servicesOrigin}/maskinporten/`;
}

export function osloDate(at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' }).format(at);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Waits as long as the service has been told to be slow, and says which status it has been told to fail with. */
export async function misbehave(store: Store, service: ServiceName): Promise<number | undefined> {
  const fault = store.state.faults[service];
  if (fault?.slowMs !== undefined) await wait(fault.slowMs);
  return fault?.status;
}

/** Middleware that makes a service slow or failing when the control says so. */
export function faults(context: StandInContext, service: ServiceName): MiddlewareHandler {
  return async (_, next) => {
    const status = await misbehave(context.store, service);
    if (status === undefined) {
      await next();
      return undefined;
    }
    // Folkeregisteret counts Retry-After in milliseconds, the others in seconds.
    const headers = status === 429 ? { 'retry-after': service === 'folkeregisteret' ? '250' : '1' } : {};
    return new Response(null, { status, headers });
  };
}

type Refusal = (c: HonoContext, status: 401 | 403, message: string) => Response;

/**
 * Middleware for a service that wants a Maskinporten token with one of the scopes. Each service words its own refusal.
 */
export function requireScope(
  context: StandInContext,
  scopes: readonly string[],
  refuse: Refusal,
): MiddlewareHandler {
  return async (c, next) => {
    const payload = await verifyToken(context, c.req.header('authorization'));
    if (payload === undefined) return refuse(c, 401, 'The token is missing, expired or not from here');
    const held = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
    if (!scopes.some((scope) => held.includes(scope))) {
      return refuse(c, 403, `The token lacks the scope ${scopes.join(' or ')}`);
    }
    await next();
    return undefined;
  };
}

async function verifyToken(
  context: StandInContext,
  authorization: string | undefined,
): Promise<JWTPayload | undefined> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const { kty, n, e } = context.store.state.secrets.maskinportenKey;
  if (kty === undefined || n === undefined || e === undefined) return undefined;
  try {
    const key = await importJWK({ kty, n, e }, 'RS256');
    const verified = await jwtVerify(token, key, {
      issuer: maskinportenIssuer(context),
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'scope', 'consumer'],
    });
    return verified.payload;
  } catch {
    return undefined;
  }
}
