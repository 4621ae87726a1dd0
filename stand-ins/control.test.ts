import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { startStandIns } from './start.ts';
import { newClientKeys, startTestWorld } from './test-support.ts';
import { organisations, people } from './world.ts';

async function rolesOf(servicesOrigin: string, organisationNumber: string): Promise<string[]> {
  const response = await fetch(`${servicesOrigin}/enhetsregisteret/api/enheter/${organisationNumber}/roller`);
  const shape = z.object({ rollegrupper: z.array(z.object({ type: z.object({ kode: z.string() }) })) });
  return shape.parse(await response.json()).rollegrupper.map((one) => one.type.kode);
}

describe('the control', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  beforeAll(async () => {
    world = await startTestWorld();
  });
  afterAll(() => world.stop());

  const post = (command: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${world.servicesOrigin}/control/${command}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const isGone = async (organisationNumber: string): Promise<number> =>
    (await fetch(`${world.servicesOrigin}/enhetsregisteret/api/enheter/${organisationNumber}`)).status;

  it('changes the world over HTTP, and takes it back to the beginning', async () => {
    const officer = { organisationNumber: organisations.cleaning, nationalId: people.skinnendeSape };
    expect(await rolesOf(world.servicesOrigin, organisations.cleaning)).toEqual(['DAGL', 'STYR']);
    expect(await (await post('retire-officer', officer)).json()).toEqual({ done: true });
    expect(await rolesOf(world.servicesOrigin, organisations.cleaning)).toEqual(['STYR']);
    await post('add-officer', { ...officer, nationalId: people.fremmedFugl, code: 'DAGL' });
    expect(await rolesOf(world.servicesOrigin, organisations.cleaning)).toEqual(['STYR', 'DAGL']);
    await post('delete-business', { organisationNumber: organisations.cleaning });
    expect(await isGone(organisations.cleaning)).toBe(410);
    await post('reset', {});
    expect(await rolesOf(world.servicesOrigin, organisations.cleaning)).toEqual(['DAGL', 'STYR']);
  });

  it('does the same from the forms of its page', async () => {
    const page = await (await fetch(`${world.servicesOrigin}/control`)).text();
    expect(page).toContain('action="/control/end-employment"');
    expect(page).toContain('<label for="endEmployment-on">on (optional)</label>');
    const response = await fetch(`${world.servicesOrigin}/control/set-fault`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ service: 'krr', status: '503', slowMs: '' }),
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/control']);
    expect(await (await fetch(`${world.servicesOrigin}/control`)).text()).toContain('krr: status 503');
    await post('clear-faults', {});
  });

  it('says what is wrong with a command, and does nothing', async () => {
    const nobody = { organisationNumber: organisations.cleaning, nationalId: people.vakenSpurv };
    expect((await post('retire-officer', nobody)).status).toBe(409);
    expect((await post('retire-officer', { ...nobody, nationalId: 'x' })).status).toBe(400);
    expect((await post('add-employment', nobody)).status).toBe(409);
    expect((await post('destroy-everything', {})).status).toBe(404);
    expect((await post('reset', {}, { origin: 'http://evil.example' })).status).toBe(403);
    expect(() => {
      world.control.endEmployment(nobody);
    }).toThrow('no employment');
  });

  it('changes people', async () => {
    const newcomer = {
      nationalId: '01819012345',
      givenName: 'Ny',
      familyName: 'Nabo',
      birthDate: '1990-01-01',
    };
    world.control.addPerson(newcomer);
    expect(() => {
      world.control.addPerson(newcomer);
    }).toThrow('already');
    world.control.setContact({ nationalId: newcomer.nationalId, email: 'ny.nabo@example.no' });
    world.control.setPersonStatus({ nationalId: newcomer.nationalId, status: 'doed', on: '2026-11-23' });
    const token = await world.token('folkeregister:deling/offentligmedhjemmel');
    const response = await fetch(
      `${world.servicesOrigin}/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/bulkoppslag/`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ foedselsEllerDNummer: [newcomer.nationalId] }),
      },
    );
    expect(await response.json()).toMatchObject({
      oppslag: [
        { folkeregisterperson: { status: [{ status: 'doed' }], doedsfall: [{ doedsdato: '2026-11-23' }] } },
      ],
    });
  });
});

describe('the state', () => {
  it('survives a restart, readable by its owner only', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'stand-ins-'));
    const first = await startTestWorld({ stateFolder });
    first.control.retireOfficer({
      organisationNumber: organisations.cleaning,
      nationalId: people.skinnendeSape,
    });
    await first.stop();
    expect((await stat(join(stateFolder, 'state.json'))).mode & 0o777).toBe(0o600);
    const second = await startTestWorld({ stateFolder });
    expect(await rolesOf(second.servicesOrigin, organisations.cleaning)).toEqual(['STYR']);
    await second.stop();
    await rm(stateFolder, { recursive: true });
  });

  it('goes on in memory when its folder is gone, and says so in one line', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'stand-ins-'));
    const world = await startTestWorld({ stateFolder });
    await rm(stateFolder, { recursive: true });
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    world.control.retireOfficer({
      organisationNumber: organisations.cleaning,
      nationalId: people.skinnendeSape,
    });
    await expect.poll(() => said.mock.calls).toEqual([[expect.stringContaining('state.json: ENOENT')]]);
    expect(await rolesOf(world.servicesOrigin, organisations.cleaning)).toEqual(['STYR']);
    said.mockRestore();
    await world.stop();
  });

  it('belongs to one world only: two in one process do not see each other', async () => {
    const [one, other] = await Promise.all([startTestWorld(), startTestWorld()]);
    one.control.deleteBusiness({ organisationNumber: organisations.cleaning });
    expect(await rolesOf(other.servicesOrigin, organisations.cleaning)).toEqual(['DAGL', 'STYR']);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('frees every port when one of them is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const smtpPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const { jwks } = await newClientKeys();
    const options = {
      appOrigin: 'http://localhost:9',
      idportenClient: { jwks },
      maskinportenClient: { jwks },
      signingJwks: jwks,
    };
    await expect(startStandIns({ ...options, smtpPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    blocker.close();
  });
});

describe('the process', () => {
  const ready = z.strictObject({
    ready: z.literal(true),
    idportenOrigin: z.url(),
    servicesOrigin: z.url(),
    smtpPort: z.number().int().positive(),
    processId: z.number().int(),
  });
  let stateFolder: string;
  let jwks: string;
  beforeAll(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), 'stand-ins-'));
    jwks = JSON.stringify((await newClientKeys()).jwks);
  });
  afterAll(() => rm(stateFolder, { recursive: true }));

  function start(more: { ipc?: boolean; args?: string[]; keys?: string } = {}): ChildProcess {
    const ports = [
      '--idporten-port=0',
      '--services-port=0',
      '--smtp-port=0',
      `--state-folder=${stateFolder}`,
    ];
    return spawn(process.execPath, ['--import', 'tsx', 'stand-ins/main.ts', ...ports, ...(more.args ?? [])], {
      cwd: join(import.meta.dirname, '..'),
      env: {
        ...process.env,
        STAND_INS_IDPORTEN_CLIENT_JWKS: more.keys ?? jwks,
        STAND_INS_MASKINPORTEN_CLIENT_JWKS: more.keys ?? jwks,
        STAND_INS_SIGNING_JWKS: more.keys ?? jwks,
      },
      stdio: more.ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['pipe', 'pipe', 'pipe'],
    });
  }

  async function text(stream: NodeJS.ReadableStream | null, until: 'line' | 'end'): Promise<string> {
    let found = '';
    for await (const part of stream ?? []) {
      found += part.toString();
      if (until === 'line' && found.includes('\n')) break;
    }
    return found;
  }

  it('says in one line that it is ready, and stops on SIGTERM with its state written', async () => {
    const child = start();
    const line = ready.parse(JSON.parse(await text(child.stdout, 'line')));
    expect((await fetch(`${line.servicesOrigin}/mail`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readFile(join(stateFolder, 'state.json'), 'utf8')).toContain('BLÅ HAMMER AS');
  });

  it('stops when its parent goes: at the end of standard input, or when the channel closes', async () => {
    const [piped, channelled] = [start(), start({ ipc: true })];
    await Promise.all([text(piped.stdout, 'line'), text(channelled.stdout, 'line')]);
    piped.stdin?.end();
    channelled.disconnect();
    expect(await Promise.all([once(piped, 'exit'), once(channelled, 'exit')])).toEqual([
      [0, null],
      [0, null],
    ]);
  });

  it('says in one line what is wrong with its settings', async () => {
    const child = start({
      keys: '{"keys":[{"kty":"RSA","kid":"k","d":"secret"}]}',
      args: ['--production-step-ms=x'],
    });
    const problem = await text(child.stderr, 'end');
    expect(problem).toMatch(/^The stand-ins cannot start\. .*--production-step-ms: .*\n$/);
    expect(problem).toContain('must hold public keys only');
    expect(problem).not.toContain('secret');
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(1);
  });
});
