/** What happened in a trial. */
export interface TrialView {
  readonly trial: number;
  /** The batches, one for each number of queries. */
  readonly queries: readonly { readonly K: number; readonly queries: readonly ViewedQuery[] }[];
  readonly cells: readonly ViewedCell[];
}

export interface ViewedQuery {
  /** Place in the data set. */
  readonly index: number;
  readonly label?: number;
  /** Class that the model gives it. */
  readonly truth: number;
}

/** A cell under one straggler pattern. Workers are numbers, ascending. */
export interface ViewedCell {
  /** Place among the cells of the run. */
  readonly place: number;
  /** Key columns of results. */
  readonly key: Readonly<Record<string, string>>;
  readonly pattern: number;
  readonly survivors: readonly number[];
  readonly liars: readonly number[];
  /** Those that a locator took for liars. */
  readonly excluded?: readonly number[];
  /** Class and squared error of each query, in the order of the batch; absent where the cell failed. */
  readonly decoded?: readonly number[];
  readonly errors?: readonly number[];
  readonly failure?: string;
}

/** The cells of a trial under one pattern of faults, as people read them. */
export interface TrialPart {
  /** Which trial and faults. */
  readonly title: string;
  /** Who answered and who lied, a line for all schemes of which it is the same. */
  readonly workers: readonly string[];
  readonly header: readonly string[];
  /** A row a query: a class that is not the model's is marked *, behind it stands the squared error. */
  readonly rows: readonly (readonly string[])[];
}

/** What `inspect trial` and the report show of a trial. */
export function trialParts({ trial, queries, cells }: TrialView): TrialPart[] {
  const groups = new Map<string, ViewedCell[]>();
  for (const cell of cells) {
    const { output, K, S, E, stragglers, attack } = cell.key;
    const faults = [S && `S=${S}`, `stragglers=${stragglers}`, E !== '0' && `E=${E}`, attack && `attack=${attack}`];
    const name = [`K=${K}`, `output=${output}`, ...faults.filter(Boolean), `pattern=${cell.pattern}`].join(', ');
    const group = groups.get(name);
    if (group) group.push(cell);
    else groups.set(name, [cell]);
  }
  return [...groups].map(([name, group]) => partOf(`trial ${trial}: ${name}`, group, queries));
}

/** Cells under one pattern of faults: their workers, and a row a query. */
function partOf(title: string, cells: readonly ViewedCell[], batches: TrialView['queries']): TrialPart {
  const { queries } = batches.find(({ K }) => String(K) === cells[0]!.key.K)!;
  const workers = new Map<string, string[]>();
  for (const { key, survivors, liars, excluded, failure } of cells) {
    const line = [
      `${survivors.length} of N=${key.N} answered: ${ranges(survivors)}`,
      ...(liars.length > 0 ? [`liars ${ranges(liars)}`] : []),
      ...(excluded ? [`taken for liars ${ranges(excluded) || 'nobody'}`] : []),
      ...(failure ? [`failed: ${failure}`] : []),
    ].join('; ');
    workers.set(line, [...(workers.get(line) ?? []), nameOf(key)]);
  }
  const labelled = queries.some(({ label }) => label !== undefined);
  return {
    title,
    workers: [...workers].map(([line, names]) => `${names.join(', ')}: ${line}`),
    header: ['query', 'index', ...(labelled ? ['label'] : []), 'model', ...cells.map(({ key }) => nameOf(key))],
    rows: queries.map(({ index, label, truth }, k) => [
      String(k),
      String(index),
      ...(labelled ? [String(label)] : []),
      String(truth),
      ...cells.map(({ decoded, errors }) => {
        if (!decoded) return '–';
        const error = errors ? ` ${Number(errors[k]!.toPrecision(3))}` : '';
        return `${decoded[k]}${decoded[k] === truth ? '' : '*'}${error}`;
      }),
    ]),
  };
}

/** The scheme, with its λ where it has any. */
function nameOf({ scheme, lambda_enc, lambda_dec }: ViewedCell['key']): string {
  return lambda_enc ? `${scheme} ${lambda_enc}/${lambda_dec}` : scheme!;
}

/** `0-3, 5`: ascending numbers, runs of them joined. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(', ');
}
