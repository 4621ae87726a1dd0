import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startStandIns, type StandInOptions } from './start.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const jwks = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('must be JSON');
      return z.NEVER;
    }
  })
  .pipe(z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) }))
  .refine(({ keys }) => keys.every((key) => !('d' in key)), 'must hold public keys only');

/** Every setting: the flag (`--app-origin`) goes before the environment (`STAND_INS_APP_ORIGIN`). */
const settings = z.object({
  'idporten-port': port.default(3001),
  'services-port': port.default(3002),
  'smtp-port': port.default(3025),
  'state-folder': z.string().min(1).default('./data/stand-ins'),
  'app-origin': z.url().default('http://localhost:3000'),
  /** The app's public keys as JSON Web Key Sets. */
  'idporten-client-jwks': jwks,
  'maskinporten-client-jwks': jwks,
  'signing-jwks': jwks,
  'idporten-client-id': z.string().min(1).default('kortvakt'),
  'maskinporten-client-id': z.string().min(1).default('kortvakt'),
  'production-step-ms': z.coerce.number().int().min(0).default(1000),
});

type SettingName = keyof z.input<typeof settings>;

function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): StandInOptions {
  const names = Object.keys(settings.shape) as SettingName[];
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const given = Object.fromEntries(
    names.map((name) => [
      name,
      values[name] ?? environment[`STAND_INS_${name.toUpperCase().replaceAll('-', '_')}`],
    ]),
  );
  const read = settings.parse(given);
  return {
    idportenPort: read['idporten-port'],
    servicesPort: read['services-port'],
    smtpPort: read['smtp-port'],
    stateFolder: read['state-folder'],
    appOrigin: read['app-origin'],
    idportenClient: { clientId: read['idporten-client-id'], jwks: read['idporten-client-jwks'] },
    maskinportenClient: { clientId: read['maskinporten-client-id'], jwks: read['maskinporten-client-jwks'] },
    signingJwks: read['signing-jwks'],
    productionStepMs: read['production-step-ms'],
  };
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map((one) => `--${one.path.join('.')}: ${one.message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const standIns = await startStandIns(readOptions(process.argv.slice(2), process.env));
  const { idportenOrigin, servicesOrigin, smtpPort } = standIns;

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void standIns.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Whoever started us is gone: an IPC channel closes, or the pipe to standard input ends.
  if (process.send === undefined) watchStandardInput(stop);
  else process.on('disconnect', stop);

  console.log(
    JSON.stringify({ ready: true, idportenOrigin, servicesOrigin, smtpPort, processId: process.pid }),
  );
}

/** Only a pipe says something about the parent: a terminal or /dev/null does not. */
function watchStandardInput(stop: () => void): void {
  if (process.stdin.isTTY || !isPipe()) return;
  process.stdin.on('end', stop).on('error', stop).resume();
}

function isPipe(): boolean {
  try {
    const stats = fstatSync(0);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}

try {
  await main();
} catch (error) {
  console.error(`The stand-ins cannot start. ${describe(error)}`);
  process.exit(1);
}
