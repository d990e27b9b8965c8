import * as z from 'zod';
import { attackKind } from './attack.ts';

/** `y + size·g`, g standard normal, drawn for each liar. */
export const gaussian = attackKind({
  name: 'gaussian',
  summary: 'normal noise on every output, drawn for each liar',
  size: { schema: z.number().positive(), usual: 10, meaning: 'standard deviation' },
  liar:
    ({ size, stream }) =>
    (row) => {
      for (let j = 0; j < row.length; j++) row[j]! += size * stream.normal();
    },
});
