/**
 * Import directions of docs/explanation/architecture.md: a folder may import only the folders listed for it, types included. That each
 * permission is used is checked by test/imports.test.ts.
 */
const everything = [
  'kinds',
  'coded',
  'external',
  'advice',
  'serving',
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
  'protocol',
  'math',
  'util',
];

const allowed = {
  cli: everything,
  kinds: everything.filter((folder) => !['kinds', 'gate', 'external', 'protocol', 'advice'].includes(folder)),
  coded: ['external', 'codecs', 'workers', 'models', 'datasets', 'metrics', 'config', 'math', 'util'],
  external: ['codecs', 'workers', 'models', 'math', 'util'],
  advice: ['figures', 'results', 'metrics', 'util'],
  serving: ['coded', 'codecs', 'workers', 'models', 'protocol', 'math', 'util'],
  figures: ['tables', 'results', 'metrics', 'util'],
  gate: ['tables', 'results', 'metrics', 'util'],
  tables: ['results', 'metrics', 'util'],
  runs: ['results', 'util'],
  workers: ['models', 'util'],
  config: ['util'],
  results: ['metrics', 'util'],
  codecs: ['math', 'util'],
  models: ['protocol', 'util'],
  protocol: ['util'],
  datasets: ['util'],
  metrics: ['util'],
  math: ['util'],
  util: [],
};

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { pathNot: 'node_modules' },
      to: { circular: true },
    },
    ...Object.entries(allowed).map(([folder, targets]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${[folder, ...targets].join('|')})/` },
    })),
    {
      name: 'kinds-apart',
      severity: 'error',
      from: { path: '^src/kinds/([^/]+)/' },
      to: { path: '^src/kinds/[^/]+/', pathNot: '^src/kinds/$1/' },
    },
    {
      name: 'bin-imports',
      severity: 'error',
      from: { path: '^bin/' },
      to: { path: '^(src|dist)/', pathNot: '^dist/bundle/cli/' },
    },
    {
      // which switches off its telemetry before it is loaded
      name: 'onnxruntime-through-one-module',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/models/onnx-runtime\\.ts$' },
      to: { path: 'onnxruntime-node', pathNot: 'package\\.json$' },
    },
    { name: 'nobody-imports-cli', severity: 'error', from: { path: '^src/(?!cli/)' }, to: { path: '^src/cli/' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
