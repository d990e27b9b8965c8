/**
 * Import directions of docs/architecture.md: a folder may import only the folders listed for it.
 */
const everything = [
  'kinds',
  'coded',
  'figures',
  'gate',
  'tables',
  'runs',
  'workers',
  'config',
  'results',
  'codecs',
  'models',
  'datasets',
  'metrics',
  'math',
  'util',
];

const allowed = {
  cli: everything,
  kinds: everything.filter((folder) => folder !== 'kinds'),
  coded: ['codecs', 'workers', 'models', 'datasets', 'metrics', 'config', 'math', 'util'],
  figures: ['tables', 'results', 'metrics', 'util'],
  gate: ['tables', 'results', 'metrics', 'util'],
  tables: ['results', 'metrics', 'util'],
  runs: ['results', 'config', 'util'],
  workers: ['codecs', 'models', 'math', 'util'],
  config: ['util'],
  results: ['metrics', 'math', 'util'],
  codecs: ['math', 'util'],
  models: ['math', 'util'],
  datasets: ['math', 'util'],
  metrics: ['math', 'util'],
  math: ['util'],
  util: [],
};

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: 'node_modules' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...Object.entries(allowed).map(([folder, targets]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...targets].join('|')})/` },
    })),
    { name: 'nobody-imports-cli', severity: 'error', from: { path: '^src/(?!cli/)' }, to: { path: '^src/cli/' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
