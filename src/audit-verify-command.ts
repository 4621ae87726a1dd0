import { resolve } from 'node:path';
import { verifyAudit } from './audit/index.ts';
import { loadAuditConfig, loadStartConfig, processEnvironment, type Environment } from './config.ts';
import { openDatabase } from './database/database.ts';
import { demoAuditSettings } from './demo-machine.ts';
import { ok } from './kernel/result.ts';

/**
 * `npm run audit:verify`: goes through the whole audit log and says what is wrong with it, one line a finding. Ends with 0
 * when nothing is, 1 when something is, 2 when it could not look.
 */
async function run(environment: Environment): Promise<number> {
  const start = loadStartConfig(environment);
  if (!start.ok) return refuse(start.error);
  const { mode, dataFolder } = start.value;
  const settings = mode === 'demo' ? demoAuditSettings(resolve(dataFolder), environment) : ok(environment);
  if (!settings.ok) return refuse([settings.error]);
  const config = loadAuditConfig(settings.value);
  if (!config.ok) return refuse(config.error);
  const { backupUrl, signingJwk, checkpointDirectory: directory } = config.value;
  const database = openDatabase({ request: backupUrl, check: backupUrl }, 1);
  try {
    const found = await verifyAudit({
      database: database.request,
      directory,
      jwk: signingJwk,
      report: (finding) => console.log(finding),
    });
    console.log(
      `${String(found.entries)} entries in ${String(found.chains)} chains, ${String(found.checkpoints)} checkpoints` +
        ` (the last ${found.lastCheckpoint ?? 'never'}): ${String(found.findings)} findings`,
    );
    return found.findings === 0 ? 0 : 1;
  } catch (error) {
    return refuse([
      `The audit log could not be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  } finally {
    await database.close();
  }
}

function refuse(lines: readonly string[]): number {
  for (const line of lines) console.error(line);
  return 2;
}

process.exitCode = await run(processEnvironment());
