import { stragglerKind } from './straggler.ts';

/** A lost rack. */
export const contiguous = stragglerKind({
  name: 'contiguous',
  summary: 'S neighbouring workers are late',
  written: 'contiguous',
  takesCount: true,
  late(_options, { N, S, stream }) {
    const start = stream.integer(N - S + 1);
    return new Uint8Array(N).fill(1, start, start + S);
  },
});
