import type { Subject } from '../../src/external/outside.ts';

/** What schemes are opened for that do not look at it. */
export const subject: Subject = {
  model: { name: 'none', sha256: '', inputShape: [1], outputs: 1 },
  output: ['logits'],
};
