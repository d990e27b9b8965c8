import { attackKind } from './attack.ts';

/** The true answer of the next worker that answers (of the one before, for the last). */
export const mimicry = attackKind({
  name: 'mimicry',
  summary: 'the true answer of a neighbouring worker',
  liar:
    ({ m, answers, survivors }) =>
    (row, worker) => {
      const place = survivors.indexOf(worker);
      const neighbour = survivors[place + 1] ?? survivors[place - 1];
      // a lone survivor has nobody to imitate
      if (neighbour !== undefined) row.set(answers.subarray(neighbour * m, (neighbour + 1) * m));
    },
});
