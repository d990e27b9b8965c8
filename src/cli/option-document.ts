import { ConfigIssue } from '../config/issues.ts';
import type { ConfigDocument } from '../config/load.ts';
import { UserError } from '../util/errors.ts';
import { printable } from '../util/text.ts';

/**
 * A config that a command made from its options: a fault in it is reported as of the option, since nobody wrote the text that a
 * line and a column would count in.
 * @param optionOf the option that gave what is at a path, as a message names it; undefined where none did
 */
export function madeOfOptions(
  document: ConfigDocument,
  optionOf: (path: readonly PropertyKey[]) => string | undefined,
): ConfigDocument {
  return {
    ...document,
    located(error) {
      const option = error instanceof ConfigIssue ? optionOf(error.path) : undefined;
      if (option === undefined) return document.located(error);
      return new UserError(`${option}: ${printable((error as ConfigIssue).message, 320)}`);
    },
  };
}
