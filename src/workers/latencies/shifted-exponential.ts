import * as z from 'zod';
import { duration } from '../duration.ts';
import { latencyLaw } from './latency.ts';

export const shiftedExponential = latencyLaw({
  name: 'shiftedExponential',
  summary: 'a shift, and an exponential time after it',
  written: '{shiftedExponential: {shift: 10ms, mean: 5ms}}',
  options: z.strictObject({ shift: duration, mean: duration }),
  draw: ({ shift, mean }, u) => shift - mean * Math.log(u),
});
