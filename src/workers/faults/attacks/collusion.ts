import * as z from 'zod';
import { attackKind } from './attack.ts';

/** `y + size·g`, g standard normal, the same for all liars. */
export const collusion = attackKind({
  name: 'collusion',
  summary: 'normal noise that is the same for all liars',
  size: { schema: z.number().positive(), usual: 10, meaning: 'standard deviation of the common shift' },
  liar({ m, size, stream }) {
    const shift = Float64Array.from({ length: m }, () => size * stream.normal());
    return (row) => {
      for (let j = 0; j < m; j++) row[j]! += shift[j]!;
    };
  },
});
