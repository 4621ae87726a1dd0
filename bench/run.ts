import { availableParallelism } from 'node:os';
import { benchAccessPage } from './access-page.ts';
import { benchBulk } from './bulk.ts';
import { benchCheck } from './check.ts';
import { benchDecide } from './decide.ts';
import type { Measure } from './measure.ts';
import { benchOffline } from './offline.ts';
import { benchPages } from './pages.ts';
import { benchPlace } from './place.ts';

const benches: Readonly<Record<string, (flags: readonly string[]) => Promise<Measure[]>>> = {
  'access-page': benchAccessPage,
  bulk: benchBulk,
  check: benchCheck,
  decide: benchDecide,
  offline: benchOffline,
  pages: benchPages,
  place: benchPlace,
};

const [name = '', ...flags] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`Name a bench: ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  const measures = await bench(flags);
  console.table(measures);
  if (flags.includes('--json')) {
    const machine = { cores: availableParallelism(), node: process.versions.node };
    console.log(JSON.stringify({ bench: name, machine, measures }));
  }
}
