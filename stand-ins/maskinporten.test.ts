import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  newClientKeys,
  postGrant,
  signGrant,
  startTestWorld,
  tokenAnswer,
  type ClientKeys,
} from './test-support.ts';

const scope = 'nav:aareg/v1/arbeidsforhold';
const failure = z.strictObject({ error: z.string(), error_description: z.string(), error_uri: z.string() });

describe('Maskinporten', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  let vendorKeys: ClientKeys;
  const now = (): number => Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    vendorKeys = await newClientKeys('vendor-key');
    world = await startTestWorld({
      machineClients: [
        {
          clientId: 'vendor-system',
          jwks: vendorKeys.jwks,
          organisationNumber: '310000035',
          scopes: ['kortvakt:orders'],
        },
      ],
    });
  });
  afterAll(() => world.stop());

  async function codeOf(claims: Record<string, unknown>, keys = world.keys): Promise<string> {
    const response = await postGrant(world, await signGrant(world, keys, { scope, ...claims }));
    expect(response.status).toBe(400);
    return failure.parse(await response.json()).error_description.slice(0, 6);
  }

  it('describes itself, with a slash at the end of the issuer', async () => {
    const response = await fetch(
      `${world.servicesOrigin}/maskinporten/.well-known/oauth-authorization-server`,
    );
    expect(await response.json()).toMatchObject({
      issuer: `${world.servicesOrigin}/maskinporten/`,
      token_endpoint: `${world.servicesOrigin}/maskinporten/token`,
      jwks_uri: `${world.servicesOrigin}/maskinporten/jwk`,
    });
  });

  it('answers a grant with a token that names the consumer and can be verified', async () => {
    const response = await postGrant(world, await signGrant(world, world.keys, { scope }));
    const { access_token: token } = tokenAnswer.parse(await response.json());
    const keys = createRemoteJWKSet(new URL(`${world.servicesOrigin}/maskinporten/jwk`));
    const { payload } = await jwtVerify(token, keys, { issuer: `${world.servicesOrigin}/maskinporten/` });
    expect(payload).toMatchObject({
      client_id: 'kortvakt',
      client_amr: 'private_key_jwt',
      token_type: 'Bearer',
      aud: 'unspecified',
      scope,
      consumer: { authority: 'iso6523-actorid-upis', ID: '0192:310000248' },
    });
    expect(payload).not.toHaveProperty('supplier');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    expect(decodeProtectedHeader(token).alg).toBe('RS256');
  });

  it('puts a resource into the audience', async () => {
    const resource = [`${world.servicesOrigin}/enhetsregisteret/autorisert-api`];
    const response = await postGrant(world, await signGrant(world, world.keys, { scope, resource }));
    const { access_token: token } = tokenAnswer.parse(await response.json());
    const keys = createRemoteJWKSet(new URL(`${world.servicesOrigin}/maskinporten/jwk`));
    expect((await jwtVerify(token, keys)).payload.aud).toEqual(resource);
  });

  it('takes an assertion once', async () => {
    const assertion = await signGrant(world, world.keys, { scope });
    expect((await postGrant(world, assertion)).status).toBe(200);
    const again = await postGrant(world, assertion);
    expect(again.status).toBe(400);
    expect(failure.parse(await again.json())).toMatchObject({ error: 'invalid_grant' });
  });

  it('says with a code what is wrong with a grant', async () => {
    const jti = crypto.randomUUID();
    await postGrant(world, await signGrant(world, world.keys, { scope, jti }));
    expect(await codeOf({ jti })).toBe('MP-012');
    expect(await codeOf({ iss: 'someone-else' })).toBe('MP-100');
    expect(await codeOf({ aud: `${world.servicesOrigin}/maskinporten` })).toBe('MP-110');
    expect(await codeOf({}, await newClientKeys())).toBe('MP-124');
    expect(await codeOf({ iat: now() - 60, exp: now() - 30 })).toBe('MP-130');
    expect(await codeOf({ iat: now() - 20, exp: now() + 60 })).toBe('MP-130');
    expect(await codeOf({ exp: now() + 130 })).toBe('MP-130');
    expect(await codeOf({ scope: '' })).toBe('MP-200');
    expect(await codeOf({ scope: 'someone:elses.scope' })).toBe('MP-250');
    expect(await codeOf({ consumer_org: '310000019' })).toBe('MP-251');
  });

  it('names customer and supplier once the customer has delegated', async () => {
    const claims = { iss: 'vendor-system', scope: 'kortvakt:orders', consumer_org: '310000019' };
    expect(await codeOf(claims, vendorKeys)).toBe('MP-251');
    world.control.delegateScope({ consumer: '310000019', supplier: '310000035', scope: 'kortvakt:orders' });
    const response = await postGrant(world, await signGrant(world, vendorKeys, claims));
    const { access_token: token } = tokenAnswer.parse(await response.json());
    const keys = createRemoteJWKSet(new URL(`${world.servicesOrigin}/maskinporten/jwk`));
    expect((await jwtVerify(token, keys)).payload).toMatchObject({
      consumer: { ID: '0192:310000019' },
      supplier: { ID: '0192:310000035' },
      delegation_source: `${world.servicesOrigin}/`,
    });
  });

  it('can be made to fail', async () => {
    world.control.setFault({ service: 'maskinporten', status: 503 });
    const response = await postGrant(world, await signGrant(world, world.keys, { scope }));
    expect(response.status).toBe(503);
    world.control.clearFaults({});
  });
});
