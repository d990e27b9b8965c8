import { attackKind } from './attack.ts';

/** `-y`. */
export const signFlip = attackKind({
  name: 'sign-flip',
  summary: 'the true answer with its sign turned',
  liar: () => (row) => {
    for (let j = 0; j < row.length; j++) row[j] = -row[j]!;
  },
});
