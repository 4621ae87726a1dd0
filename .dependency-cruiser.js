/**
 * Which folder may import which. `tests/arrows.test.ts` plants a forbidden import for each rule and expects it to be
 * reported, and that no source file is left out.
 */

/** From the bottom up; those in one line stand beside each other and do not know each other. */
const order = [
  ['audit'],
  ['identity'],
  ['businesses'],
  ['access'],
  ['passkeys'],
  ['staff'],
  ['agreements', 'vendors'],
  ['messages'],
  ['contact'],
  ['workers'],
  ['prices'],
  ['orders'],
  ['offline'],
  ['bulk', 'cards', 'invoices', 'vendor-invoices'],
  ['checks', 'directory', 'disputes', 'media-review', 'own-phone', 'worker-uploads'],
  ['privacy'],
];
const features = order.flat();
const anyFeature = features.join('|');
const tests = '\\.test\\.tsx?$';
/** What may be imported by name of a library: nothing here is about those. */
const own = '^(src|stand-ins|browser|tests|bench|scripts)/';

/** A feature imports those below it, and none beside or above it. */
const downwards = order.flatMap((level, index) =>
  level.map((feature) => {
    const allowed = [feature, ...order.slice(0, index).flat()];
    return {
      name: `downwards-from-${feature}`,
      comment: `${feature} may import only features below it.`,
      severity: 'error',
      from: { path: `^src/${feature}/`, pathNot: tests },
      to: { path: `^src/(${features.filter((other) => !allowed.includes(other)).join('|') || 'none'})/` },
    };
  }),
);

export default {
  forbidden: [
    ...downwards,
    {
      name: 'through-the-index',
      comment:
        'A feature is reached through its index.ts alone; only app.ts, which puts it together, may reach further.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: tests },
      to: { path: `^src/(${anyFeature})/(?!index\\.ts$)[^/]+\\.tsx?$`, pathNot: '^src/$1/' },
    },
    {
      name: 'circle',
      comment: 'No two modules need each other, not even for their types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'rules-are-pure',
      comment:
        'Rules import only the kernel, other features through their index.ts, zod, hashes and data; a type may come from below.',
      severity: 'error',
      from: { path: `^src/(${anyFeature})/rules\\.ts$` },
      to: {
        pathNot: [
          '^src/kernel/',
          `^src/(${anyFeature})/index\\.ts$`,
          '(^|/)node_modules/zod/',
          `^src/(${anyFeature})/[^/]+\\.json$`,
          '^crypto$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'rules-know-no-layer-above',
      comment: 'Not even the types of pages, the API, jobs, actions and records reach into rules.',
      severity: 'error',
      from: { path: `^src/(${anyFeature})/rules\\.ts$` },
      to: { path: [`^src/(${anyFeature})/(pages|api|jobs|actions|records)\\.tsx?$`, '^src/(web|api|jobs)/'] },
    },
    {
      name: 'records-know-no-layer-above',
      comment: 'Records are SQL: they know rules, not what calls them.',
      severity: 'error',
      from: { path: `^src/(${anyFeature})/records\\.ts$` },
      to: { path: [`^src/(${anyFeature})/(pages|api|jobs|actions)\\.tsx?$`, '^src/(web|api|jobs)/'] },
    },
    {
      name: 'actions-know-no-layer-above',
      comment: 'Actions are called by pages, the API and jobs, and know none of them.',
      severity: 'error',
      from: { path: `^src/(${anyFeature})/actions\\.ts$` },
      to: { path: [`^src/(${anyFeature})/(pages|api|jobs)\\.tsx?$`, '^src/(web|api)/'] },
    },
    {
      name: 'pages-go-through-actions',
      comment: 'A page or an API route reads and writes through actions, never SQL of its own.',
      severity: 'error',
      from: { path: `^src/(${anyFeature})/(pages\\.tsx|api\\.ts)$` },
      to: { path: ['(^|/)node_modules/(kysely|pg|graphile-worker)/'] },
    },
    {
      name: 'kernel-imports-nothing',
      comment: 'The kernel is ours alone, but for the library that makes identifiers.',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: tests },
      to: { pathNot: ['^src/kernel/', '(^|/)node_modules/uuid/'] },
    },
    {
      name: 'ground-knows-no-feature',
      comment: 'Registers, the database, the web and the job queue know no feature.',
      severity: 'error',
      from: { path: '^src/(registers|database|web|jobs)/', pathNot: tests },
      to: { path: `^src/(${anyFeature}|api)/` },
    },
    {
      name: 'only-the-root-knows-the-root',
      comment: 'app.ts, main.ts and the demo put the folders together; no folder knows them.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: tests },
      to: { path: '^src/(app|main|demo|demo-machine|words)\\.tsx?$' },
    },
    {
      name: 'source-stands-alone',
      comment: 'What runs in production knows neither the stand-ins nor the tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { path: '^(stand-ins|tests|bench|scripts|browser)/' },
    },
    {
      name: 'stand-ins-stand-alone',
      comment:
        'The stand-ins share no code with what they stand in against, so that a mistake is not made twice.',
      severity: 'error',
      from: { path: '^stand-ins/', pathNot: tests },
      to: { path: '^(src|tests|bench|scripts|browser)/' },
    },
    {
      name: 'browser-stands-alone',
      comment: 'Only what reads codes without a network runs on both sides.',
      severity: 'error',
      from: { path: '^browser/' },
      to: {
        path: '^(src|stand-ins|tests|bench|scripts)/',
        pathNot: ['^src/kernel/', '^src/offline/(base45|cose|card-code|status-list|verdict)\\.ts$'],
      },
    },
    {
      name: 'what-browsers-run-stands-alone',
      comment:
        'What reads codes without a network imports nothing but itself, the kernel and the library that reads CBOR.',
      severity: 'error',
      from: { path: '^src/offline/(base45|cose|card-code|status-list|verdict)\\.ts$' },
      to: {
        pathNot: [
          '^src/kernel/',
          '^src/offline/(base45|cose|card-code|status-list|verdict)\\.ts$',
          '(^|/)node_modules/cborg/',
        ],
      },
    },
    {
      name: 'nothing-missing',
      comment: 'Every import is found.',
      severity: 'error',
      from: { path: own },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-test-tools-in-source',
      comment: 'What production imports is in dependencies, not in devDependencies.',
      severity: 'error',
      from: { path: '^(src|stand-ins)/', pathNot: [tests, 'test-support\\.ts$'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
