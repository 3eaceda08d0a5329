// Who may import whom. Types count too. `npm run check -- --only imports` enforces it; everything to change is in the tables.

/** Top folders. A folder may import itself and what stands here; a folder that is not here may not be imported, nor hold code. */
const house = {
  'backend/': [],
  'backend/operations/synthetic/': ['client/'],
  'client/': [],
  'console/': ['client/'],
  'infra/': [
    'backend/settings.ts',
    'backend/settings/',
    'backend/roles.ts',
    'backend/jobs.ts',
    'backend/server-scripts.ts',
    'backend/metrics/',
    'backend/calendar/',
  ],
  'dashboards/': ['backend/metrics/', 'alerts/'],
  'alerts/': ['backend/metrics/', 'backend/calendar/', 'backend/roles.ts', 'backend/jobs.ts'],
  'runbooks/': [
    ...['alerts/', 'backend/metrics/', 'backend/roles.ts', 'infra/names.ts'],
    // Which database runs in a folder of this machine.
    'backend/platform/postgres/running.ts',
  ],
  'tools/': [],
  'proof/': ['backend/', 'client/', 'console/', 'infra/', 'dashboards/', 'alerts/', 'runbooks/'],
};

/** Inside backend/. A row may import itself and the rows above it. Down to metrics/ they are leaves, which infra/ loads. */
const backend = [
  ['calendar/'],
  ['roles.ts'],
  ['jobs.ts'],
  ['server-scripts.ts'],
  ['settings.ts', 'settings/'],
  ['metrics/'],
  ['platform/'],
  ['log/'],
  ['access/'],
  ['market-data/'],
  ['features/'],
  ['outcomes/'],
  ['models/'],
  ['signals/'],
  ['delivery/'],
  ['notifications/'],
  ['screening/'],
  ['portfolios/'],
  ['operations/'],
  ['graphql/'],
  ['main.ts', 'commands/'],
];

/** Packages that only these places may import. */
const packages = {
  '@pulumi/*': ['infra/'],
  '@grafana/grafana-foundation-sdk': ['dashboards/'],
  'prom-client': ['backend/metrics/registry.ts', 'backend/metrics/library.ts'],
  'type-graphql': ['*.type.ts', '*.resolver.ts', 'backend/graphql/', 'backend/platform/graphql/'],
  '@mikro-orm/*': [
    '*.entity.ts',
    'backend/platform/database/',
    'backend/models/registry.ts',
    'backend/signals/engine-runner.ts',
    'backend/signals/engine-store.ts',
    'backend/signals/pipeline.ts',
    'backend/commands/',
  ],
};

/** Tests and what only they use: they may import anything of backend/ and client/, and only they (and proof/) may import them. */
const tests = [
  '*.test.ts',
  '*.contract.ts',
  '*.fixture.ts',
  '*/testing.ts',
  '*/testing-*.ts',
  '*/test-tools.ts',
  '*/testing/',
];

/** The image does not run these: what wraps a client of somebody else, which its users bring, and what packs the client. */
const clientPeers = ['client/apollo.ts', 'client/graphql-sse.ts', 'client/urql.ts', 'client/pack/'];

// The rest turns the tables into rules.

/** `a/` is all of a folder, `a.ts` one file; a star stands for any name, at the start for any folders too. */
function pattern(place) {
  const text = place.replace(/[.]/g, '\\.').replace(/(?<=.)\*/g, '[^/]*');
  const start = text.startsWith('*') ? text.slice(1) : `^${text}`;
  return start.endsWith('/') ? start : `${start}$`;
}

const patterns = (places) => places.map(pattern);
const isTest = patterns(tests);
const topOf = (folder) => `${folder.split('/')[0]}/`;
const inBackend = (row) => row.map((place) => `backend/${place}`);

const houseRules = Object.entries(house).map(([folder, allowed]) => ({
  name: `house: ${folder} imports ${allowed.length > 0 ? `only ${allowed.join(', ')} and itself` : 'nothing outside itself'}`,
  severity: 'error',
  from: {
    path: pattern(folder),
    pathNot: [
      ...isTest,
      ...patterns(Object.keys(house).filter((other) => other !== folder && other.startsWith(folder))),
    ],
  },
  to: { dependencyTypes: ['local'], pathNot: patterns([topOf(folder), ...allowed]) },
}));

const backendRules = backend.map((row, index) => ({
  name: `order: backend/${row[0]} imports only itself and what is above it`,
  severity: 'error',
  from: { path: patterns(inBackend(row)), pathNot: isTest },
  to: { path: '^backend/', pathNot: patterns(backend.slice(0, index + 1).flatMap(inBackend)) },
}));

const packageRules = Object.entries(packages).map(([name, places]) => ({
  name: `package: ${name} is only for ${places.join(', ')}`,
  severity: 'error',
  from: { pathNot: [...patterns(places), ...isTest] },
  to: { path: `(^|node_modules/)${name.replace('*', '')}` },
}));

const known = patterns([...Object.keys(house), ...backend.flatMap(inBackend)]).filter((place) => place !== '^backend/');

export default {
  forbidden: [
    ...houseRules,
    ...backendRules,
    ...packageRules,
    {
      name: 'tables: a place that is in no table',
      severity: 'error',
      from: { path: '/', pathNot: [...known, ...isTest] },
      to: {},
    },
    {
      name: 'tests: they import only backend/, client/, alerts/ and their own folder',
      severity: 'error',
      from: { path: `^([^/]+)/(?=.*(?:${isTest.join('|')}))`, pathNot: '^proof/' },
      to: { dependencyTypes: ['local'], pathNot: ['^backend/', '^client/', '^alerts/index[.]ts$', '^$1/'] },
    },
    {
      name: 'tests: only tests and proof/ import them',
      severity: 'error',
      from: { path: '/', pathNot: [...isTest, '^proof/'] },
      to: { path: isTest, dependencyTypes: ['local'] },
    },
    { name: 'proof: nothing imports it', severity: 'error', from: { pathNot: '^proof/' }, to: { path: '^proof/' } },
    { name: 'circle', severity: 'error', from: {}, to: { circular: true } },
    // The examples of the client install it as somebody else would.
    {
      name: 'unresolved: no such file or package',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^heliograph-client' },
    },
    {
      name: 'packages: not in package.json',
      severity: 'error',
      // The package.json next to them has the peers alone, or nothing but the version of a policy pack.
      from: { pathNot: ['^proof/bench/.*[.]test[.]ts$', '^infra/policy/'] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'packages: what the image runs imports only dependencies, no devDependencies',
      severity: 'error',
      from: { path: ['^backend/', '^client/'], pathNot: [...isTest, ...patterns(clientPeers)] },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What git ignores: the data of a service that was started here, and reports.
    exclude: { path: '^([.](?![.]/)|coverage/)' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
