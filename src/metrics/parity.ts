import { metric } from './metric.ts';

/** Follows from the code of a parity training alone: no trial measures it. */
export const amplification = metric({
  name: 'amplification',
  label: 'amplification',
  unit: '',
  better: 'lower',
  runs: 'parity',
  summary: 'largest error of a reconstructed output when every parity output is off by at most 1',
  of: () => undefined,
});
