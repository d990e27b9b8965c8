import { DecodeFailure } from '../util/errors.ts';

/** The result of a step, or the failure of the cell that it was for; anything else that is thrown goes on. */
export function unlessFailed<T>(step: () => T): T | DecodeFailure {
  try {
    return step();
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}

export function isFailure(value: unknown): value is DecodeFailure {
  return value instanceof DecodeFailure;
}
