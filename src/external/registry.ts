import { schemes as codecs, type RegisteredScheme } from '../codecs/registry.ts';
import { type Registry, registry } from '../util/registry.ts';
import { external } from './external.ts';
import { learnedCode } from './learned-code.ts';
import { matrixScheme } from './matrix.ts';
import type { OutsideScheme } from './outside.ts';

export type { RegisteredScheme, SchemeOptions } from '../codecs/registry.ts';

const outside: readonly OutsideScheme[] = [learnedCode, external, matrixScheme];

/** Every scheme that a config can name: those of this program, and those from outside. */
export const schemes: Registry<RegisteredScheme> = registry('scheme', [...codecs.entries, ...outside]);

/** The scheme of this name, where it is one from outside. */
export function outsideScheme(name: string): OutsideScheme | undefined {
  return outside.find((scheme) => scheme.name === name);
}
