import * as z from 'zod';
import { duration } from '../duration.ts';
import { latencyLaw } from './latency.ts';

export const pareto = latencyLaw({
  name: 'pareto',
  summary: 'a heavy tail: P(T > t) = (scale / t)^shape',
  written: '{pareto: {scale: 10ms, shape: 2}}',
  options: z.strictObject({ scale: duration, shape: z.number().positive() }),
  draw: ({ scale, shape }, u) => scale * u ** (-1 / shape),
});
