import type { Decoded, Received } from '../codecs/codec.ts';
import { DecodeFailure } from '../util/errors.ts';
import type { Pauses } from '../util/pause.ts';
import { unlessFailed } from './failure.ts';
import type { Cell } from './plan.ts';

/**
 * Who decodes. It gets many requests at a time, so that a decoder in another process is asked by few messages.
 */
export interface Decoding {
  /** @returns an outcome for each request, in their order */
  decode(requests: readonly DecodeRequest[]): Promise<readonly DecodeOutcome[]>;
}

/** One decode: the answers as the master sees them, and the cell whose decoder they are for. */
export interface DecodeRequest {
  readonly cell: Cell;
  readonly received: Received;
}

export type DecodeOutcome = Decoded | DecodeFailure;

/** Decodes in this process, with the cells' own decoders. */
export function localDecoding(pauses: Pauses): Decoding {
  return {
    async decode(requests) {
      const outcomes: DecodeOutcome[] = [];
      for (const { cell, received } of requests) {
        if (pauses.due()) await pauses.take();
        outcomes.push(unlessFailed(() => decodeOne(cell, received)));
      }
      return outcomes;
    },
  };
}

function decodeOne(cell: Cell, received: Received): Decoded {
  if (received.survivors.length === 0) throw new DecodeFailure('no answer is left to decode from');
  return cell.codec.decoder.decode(received);
}
