import * as z from 'zod';
import { attackKind } from './attack.ts';

/** Every output is `size`. */
export const constant = attackKind({
  name: 'constant',
  summary: 'one number in every output',
  size: { schema: z.number(), usual: 10, meaning: 'the number' },
  liar:
    ({ size }) =>
    (row) =>
      row.fill(size),
});
