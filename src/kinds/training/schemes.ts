import * as z from 'zod';
import { type Member, type Registry, registry } from '../../util/registry.ts';
import type { Strategy } from './strategy.ts';

/** Blocks, workers and masks of a code. */
export interface CodeSizes {
  readonly K: number;
  readonly N: number;
  readonly T: number;
}

/** What a scheme does about faults, as it stands in a manifest. */
export interface Survival {
  readonly wrongAnswers: Strategy['wrongAnswers'];
  readonly recode: Strategy['recode'];
  /** Wrong answers that LCC is prepared for; absent: as many as there are liars, as far as N allows. */
  readonly E?: number;
}

interface Labelled {
  readonly label?: string | undefined;
}

/** A way to train on unreliable workers. */
interface TrainingSchemeKind<Options extends Labelled = Labelled> extends Member {
  /** Its name in tables where the config gives none. */
  readonly usualLabel: string;
  readonly options: z.ZodType<Options>;
  survival(options: Options): Survival;
  /** The code that it uses. @param config sizes of the config */
  code(config: CodeSizes): CodeSizes;
}

/** The same with its options as a type. */
function schemeKind<Options extends Labelled>(kind: TrainingSchemeKind<Options>): TrainingSchemeKind<Options> {
  return kind;
}

const label = z.string().min(1).optional();
const asConfigured = (sizes: CodeSizes) => sizes;
const never = { recode: 'never' } as const;

/** Every scheme of `kind: training`; all are Lagrange codes of degree 1. */
export const trainingSchemes: Registry<TrainingSchemeKind> = registry<TrainingSchemeKind>('scheme', [
  schemeKind({
    name: 'uncoded',
    summary: 'shares the data out among all workers; waits for all, trusts all',
    usualLabel: 'Uncoded',
    options: z.strictObject({ label }),
    survival: () => ({ wrongAnswers: 'trust', ...never }),
    code: ({ N }) => ({ K: N, N, T: 0 }),
  }),
  schemeKind({
    name: 'mds',
    summary:
      'MDS-coded matrix multiplication (Lee et al., arXiv 1512.02673): any K answers decode, all are trusted, no masks',
    usualLabel: 'MDS',
    options: z.strictObject({ label }),
    survival: () => ({ wrongAnswers: 'trust', ...never }),
    code: ({ K, N }) => ({ K, N, T: 0 }),
  }),
  schemeKind({
    name: 'lcc',
    summary: 'Lagrange coded computing (Yu et al., arXiv 1806.00939): corrects wrong answers as Reed-Solomon does',
    usualLabel: 'LCC',
    options: z.strictObject({
      label,
      E: z.int().min(0).optional().meta({
        description: 'wrong answers it is prepared for; default: as many as there are liars, as far as N allows',
      }),
    }),
    survival: ({ E }) => ({ wrongAnswers: 'correct', ...never, ...(E !== undefined && { E }) }),
    code: asConfigured,
  }),
  schemeKind({
    name: 'static-vcc',
    summary: 'verifies each answer and asks a liar no more; one code for the whole training',
    usualLabel: 'StaticVCC',
    options: z.strictObject({ label }),
    survival: () => ({ wrongAnswers: 'verify', ...never }),
    code: asConfigured,
  }),
  schemeKind({
    name: 'avcc',
    summary: 'static-vcc that re-codes when stragglers and liars change (AVCC, arXiv 2107.12958)',
    usualLabel: 'AVCC',
    options: z.strictObject({
      label,
      recode: z.enum(['paying', 'always']).default('paying').meta({
        description: 'paying: where the waiting it saves is more than the encoding; always: after every late worker',
      }),
    }),
    survival: ({ recode }) => ({ wrongAnswers: 'verify', recode }),
    code: asConfigured,
  }),
]);
