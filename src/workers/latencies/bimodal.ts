import * as z from 'zod';
import { duration } from '../duration.ts';
import { latencyLaw } from './latency.ts';

export const bimodal = latencyLaw({
  name: 'bimodal',
  summary: 'one of two times: mostly the fast one',
  written: '{bimodal: {fast: 15ms, slow: 115ms, share: 0.05}}',
  options: z.strictObject({
    fast: duration,
    slow: duration,
    share: z.number().min(0).max(1).meta({ description: 'share of slow ones' }),
  }),
  draw: ({ fast, slow, share }, u) => (u <= share ? slow : fast),
});
