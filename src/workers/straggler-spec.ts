import * as z from 'zod';
import { parseDuration } from '../util/units.ts';

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

/** Latency of one worker; all times in seconds once parsed. */
export const latencySchema = z.union(
  [
    z.strictObject({ shiftedExponential: z.strictObject({ shift: duration, mean: duration }) }),
    z.strictObject({ pareto: z.strictObject({ scale: duration, shape: z.number().positive() }) }),
    z.strictObject({ logNormal: z.strictObject({ median: duration, sigma: z.number().positive() }) }),
    z.strictObject({ trace: z.array(duration).min(1) }),
  ],
  {
    error:
      'expected {shiftedExponential: {shift, mean}}, {pareto: {scale, shape}}, {logNormal: {median, sigma}} or {trace: [times]}',
  },
);

export const stragglerSchema = z.union(
  [
    z.enum(['uniform', 'contiguous']),
    z.strictObject({ bernoulli: z.number().min(0).max(1) }),
    z.strictObject({ deadline: z.strictObject({ after: duration, latency: latencySchema }) }),
  ],
  { error: 'expected uniform, contiguous, {bernoulli: p} or {deadline: {after: 30ms, latency: {…}}}' },
);

/** Which workers do not answer in time (theory: "Straggler models"). */
export type StragglerModel = z.output<typeof stragglerSchema>;
export type Latency = z.output<typeof latencySchema>;
