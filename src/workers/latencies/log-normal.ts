import * as z from 'zod';
import { duration } from '../duration.ts';
import { latencyLaw } from './latency.ts';

export const logNormal = latencyLaw({
  name: 'logNormal',
  summary: 'a normal logarithm, of standard deviation sigma around that of the median',
  written: '{logNormal: {median: 10ms, sigma: 0.5}}',
  options: z.strictObject({ median: duration, sigma: z.number().positive() }),
  draw: ({ median, sigma }, _u, stream) => median * Math.exp(sigma * stream.normal()),
});
