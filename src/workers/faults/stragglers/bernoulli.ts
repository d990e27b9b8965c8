import * as z from 'zod';
import { stragglerKind } from './straggler.ts';

export const bernoulli = stragglerKind({
  name: 'bernoulli',
  summary: 'each worker is late with this probability',
  written: '{bernoulli: 0.1}',
  options: z.number().min(0).max(1),
  takesCount: false,
  parameters: (probability) => String(probability),
  late: (probability, { N, stream }) => Uint8Array.from({ length: N }, () => (stream.uniform() < probability ? 1 : 0)),
});
