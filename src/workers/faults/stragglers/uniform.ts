import { sampleWithoutReplacement } from '../../../util/random.ts';
import { stragglerKind } from './straggler.ts';

/** Equal streams give nested sets for growing S. */
export const uniform = stragglerKind({
  name: 'uniform',
  summary: 'every set of S workers is equally likely to be late',
  written: 'uniform',
  takesCount: true,
  late(_options, { N, S, stream }) {
    const late = new Uint8Array(N);
    for (const worker of sampleWithoutReplacement(stream, N, S)) late[worker] = 1;
    return late;
  },
});
