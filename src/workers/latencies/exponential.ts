import * as z from 'zod';
import { duration } from '../duration.ts';
import { latencyLaw } from './latency.ts';

export const exponential = latencyLaw({
  name: 'exponential',
  summary: 'an exponential time',
  written: '{exponential: {mean: 10ms}}',
  options: z.strictObject({ mean: duration }),
  draw: ({ mean }, u) => -mean * Math.log(u),
});
