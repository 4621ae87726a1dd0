import { availableParallelism } from 'node:os';
import { benchAccessPage } from './access-page.ts';
import { benchBulk } from './bulk.ts';
import { benchDecide } from './decide.ts';
import type { Measure } from './measure.ts';
import { benchOffline } from './offline.ts';
import { benchPages } from './pages.ts';
import { benchPlace } from './place.ts';

const benches: Readonly<Record<string, () => Promise<Measure[]>>> = {
  'access-page': benchAccessPage,
  bulk: benchBulk,
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
  const measures = await bench();
  console.table(measures);
  if (flags.includes('--json')) {
    const machine = { cores: availableParallelism(), node: process.versions.node };
    console.log(JSON.stringify({ bench: name, machine, measures }));
  }
}
