import { expect, test } from 'vitest';
import { type Decoding, localDecoding } from '../../src/coded/decode.ts';
import { pausesEvery } from '../../src/util/pause.ts';
import { tinyTrials } from '../helpers/tiny.ts';

const lying = { S: [2, 5], E: 2, attack: 'gaussian', patterns: 3, schemes: ['bacc', 'nercc', 'replication'] };

test('a decoder may live elsewhere: it gets the decodes of a coded batch at once and answers later', async () => {
  const here = localDecoding(pausesEvery(1));
  const asked: number[] = [];
  const elsewhere: Decoding = {
    async decode(requests) {
      asked.push(requests.length);
      await new Promise((answer) => setTimeout(answer, 1));
      return here.decode(requests);
    },
  };
  const [usual, remote] = [await tinyTrials(2, lying), await tinyTrials(2, lying, { decoding: elsewhere })];
  expect(remote.results).toEqual(usual.results);
  // 2 values of S x 3 patterns, each with and without the liars, for each of 3 coded batches and 2 trials
  expect(asked).toEqual(new Array(6).fill(12));
});

test('survivors are who answered, whoever was expected to', async () => {
  const silent = 3;
  const { results } = await tinyTrials(
    3,
    { S: [0, 6], schemes: ['bacc'] },
    {
      workers: (usual) => ({
        async ask(task) {
          const reply = await usual.ask(task);
          const answers = reply.answers.slice();
          answers.fill(Number.NaN, silent * reply.m, (silent + 1) * reply.m);
          return { ...reply, answers, answered: reply.answered.filter((worker) => worker !== silent) };
        },
      }),
    },
  );
  for (const { cells, failures } of results) {
    expect(failures).toEqual([]);
    expect(cells[0]!.survivors).toBe(23);
    expect([17, 18]).toContain(cells[1]!.survivors);
  }
});

test('a long trial lets the event loop run between its decodes', async () => {
  let beats = 0;
  const heart = setInterval(() => beats++, 1);
  const slow = (plan: Parameters<NonNullable<Parameters<typeof tinyTrials>[2]>['change'] & object>[0]) => ({
    ...plan,
    codedBatches: plan.codedBatches.map((coded) => ({
      ...coded,
      cells: coded.cells.map((cell) => ({
        ...cell,
        codec: {
          ...cell.codec,
          decoder: {
            decode(received: Parameters<typeof cell.codec.decoder.decode>[0]) {
              const end = performance.now() + 90;
              while (performance.now() < end);
              return cell.codec.decoder.decode(received);
            },
          },
        },
      })),
    })),
  });
  await tinyTrials(1, {}, { change: slow });
  clearInterval(heart);
  expect(beats).toBeGreaterThanOrEqual(1); // a pause every 0.2 s; without any, a timer never fires
});
