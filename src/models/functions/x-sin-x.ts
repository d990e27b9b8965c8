import * as z from 'zod';
import { functionKind, mostUnits } from './function.ts';

const units = z.int().min(1).max(mostUnits);

const options = z.strictObject({
  function: z.literal('x-sin-x'),
  D: units.default(1).meta({ description: 'numbers of a point' }),
  m: units.optional().meta({ description: 'numbers of an answer (default D)' }),
});

/** Output `j` is `t·sin t` at `t = x_(j mod D)`: the scalar example of the papers on coded computing, coordinate by coordinate. */
export const xSinX = functionKind({
  name: 'x-sin-x',
  summary: 'x·sin x of each number of a point',
  options,
  make({ D, m = D }) {
    return {
      D,
      m,
      apply(points, count, out) {
        for (let i = 0; i < count; i++) {
          for (let j = 0; j < m; j++) {
            const t = points[i * D + (j % D)]!;
            out[i * m + j] = t * Math.sin(t);
          }
        }
      },
    };
  },
});
