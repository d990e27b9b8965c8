import * as z from 'zod';
import { duration } from '../duration.ts';
import { latencyLaw } from './latency.ts';

export const trace = latencyLaw({
  name: 'trace',
  summary: 'measured times, each equally likely',
  written: '{trace: [10ms, 12ms, 40ms]}',
  options: z.array(duration).min(1),
  draw: (times, u) => times[Math.min(Math.floor(u * times.length), times.length - 1)]!,
});
