import * as z from 'zod';
import { duration } from '../../duration.ts';
import { drawLatency, latencySchema, latencyText } from '../../latencies/registry.ts';
import { stragglerKind } from './straggler.ts';

export const deadline = stragglerKind({
  name: 'deadline',
  summary: 'the workers are late whose latency is above the time waited for',
  written: '{deadline: {after: 30ms, latency: {…}}}',
  options: z.strictObject({ after: duration, latency: latencySchema }),
  takesCount: false,
  parameters: ({ after, latency }) => `${after};${latencyText(latency)}`,
  late: ({ after, latency }, { N, stream }) =>
    Uint8Array.from({ length: N }, () => (drawLatency(latency, stream) > after ? 1 : 0)),
});
