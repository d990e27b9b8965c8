import * as z from 'zod';
import { attackKind } from './attack.ts';

/** `-size·y`. */
export const reversal = attackKind({
  name: 'reversal',
  summary: 'the true answer times a negative factor',
  size: { schema: z.number().positive(), usual: 10, meaning: 'the factor c of -c·y' },
  liar:
    ({ size }) =>
    (row) => {
      for (let j = 0; j < row.length; j++) row[j]! *= -size;
    },
});
