import { parentPort, workerData } from 'node:worker_threads';
import { multiplyVector, primeField } from '../../math/finite-field.ts';
import { type Matrix, matrix } from '../../math/matrix.ts';
import { seconds } from '../../util/clock.ts';
import { type Copy, lie } from './cluster.ts';
import type { ToWorker } from './thread-cluster.ts';

/**
 * A worker thread: holds its two shares, multiplies one of them when a task comes, sleeps where it plays a straggler, lies where
 * it plays a liar. It gives a task up when the master has begun another round (`rounds[0]`).
 */
const { q, rounds } = workerData as { q: number; rounds: Int32Array };
const field = primeField(q);
const shares = new Map<Copy, Matrix>();

/** Rows between two looks at whether the task is still wanted. */
const rowsAtATime = 64;

parentPort!.on('message', (message: ToWorker) => {
  if (message.kind === 'share') {
    shares.set(message.copy, matrix(message.rows, message.columns, message.data));
    parentPort!.postMessage({ kind: 'stored' });
    return;
  }
  const { round, copy, x, slowdown, attack } = message;
  const share = shares.get(copy)!;
  const values = new Float64Array(share.rows);
  const began = seconds();
  for (let from = 0; from < share.rows; from += rowsAtATime) {
    if (Atomics.load(rounds, 0) !== round) return;
    values.set(multiplyVector(field, share, x, from, Math.min(share.rows, from + rowsAtATime)), from);
  }
  const computeSeconds = seconds() - began;
  // a straggler sleeps the rest of its time; a new round wakes it
  if (slowdown > 1 && Atomics.wait(rounds, 0, round, computeSeconds * (slowdown - 1) * 1000) !== 'timed-out') return;
  const sent = attack ? lie(field, values, attack) : values;
  parentPort!.postMessage({ kind: 'answer', round, values: sent, computeSeconds }, [sent.buffer as ArrayBuffer]);
});
