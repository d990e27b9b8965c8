import * as z from 'zod';
import { type Registry, registry } from '../../util/registry.ts';
import type { FunctionKind } from './function.ts';
import { mlp } from './mlp.ts';
import { xSinX } from './x-sin-x.ts';

const all = [xSinX, mlp] as const;

/** Every closed form, by the name a config uses. A new one is one file and one line here. */
export const functions: Registry<FunctionKind> = registry<FunctionKind>('function', all);

/** `{function: name, …options}`. */
export const functionSchemas = [xSinX.options, mlp.options] as const;
const functionSchema = z.union(functionSchemas);
export type FunctionSpec = z.output<typeof functionSchema>;
