/**
 * Import directions of docs/architecture.md: a folder may import only the folders listed for it.
 */
const allowed = {
  cli: [
    'experiments',
    'training',
    'config',
    'plan',
    'codecs',
    'workers',
    'models',
    'datasets',
    'metrics',
    'results',
    'figures',
    'math',
    'util',
  ],
  experiments: ['config', 'plan', 'codecs', 'workers', 'models', 'datasets', 'metrics', 'results', 'math', 'util'],
  training: ['config', 'codecs', 'workers', 'models', 'datasets', 'metrics', 'results', 'math', 'util'],
  plan: ['config', 'codecs', 'workers', 'util'],
  config: ['codecs', 'workers', 'models', 'datasets', 'metrics', 'util'],
  codecs: ['math', 'util'],
  workers: ['codecs', 'math', 'util'],
  models: ['math', 'util'],
  datasets: ['math', 'util'],
  figures: ['results', 'metrics', 'util'],
  results: ['metrics', 'util'],
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
