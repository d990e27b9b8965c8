import { settingText } from '../results/manifest.ts';
import { type CellKey, type KeyColumn, keyColumns } from '../results/schema.ts';
import { describeKey, keyDigits, keyText } from '../tables/keys.ts';
import { groupBy } from '../util/group.ts';
import { escapeMarkdown, markdownRow } from '../util/markdown.ts';
import { counted } from '../util/text.ts';
import type { Comparison } from './compare.ts';
import { type GateResult, gateExitCodes } from './gate.ts';

/** How a gate's result is said; all of them from one `GateResult`. */

const outcomeTexts = {
  same: 'same: nothing moved',
  worse: 'worse: results moved away from the reference',
  nothingCompared: 'nothing compared: run and reference have no value in common that can be tested',
  better: 'better than the reference, which is stale: accept the run, or use --allow-better',
  missing: 'cells are missing',
  different: 'not the same experiment',
} as const;

/** The verdict in words. `--allow-better` passes moves that the lines above it show. */
function outcomeText({ outcome, comparisons }: GateResult): string {
  if (outcome === 'same' && comparisons.some(({ verdict }) => verdict === 'better')) {
    return 'better than the reference, as --allow-better permits: nothing got worse';
  }
  return outcomeTexts[outcome];
}

/** Keys that tell cells of one scheme apart, and the scheme. */
export function tellingKeys(keys: readonly CellKey[]): KeyColumn[] {
  const schemes = [...groupBy(keys, (key) => key.scheme).values()];
  const varies = (column: KeyColumn) =>
    schemes.some((cells) => new Set(cells.map((key) => keyText(key, column))).size > 1);
  return keyColumns.filter((column) => column === 'scheme' || varies(column));
}

function allKeys(result: GateResult): CellKey[] {
  return [...result.comparisons, ...result.missing].map(({ key }) => key);
}

/** How cells are called in few words, each otherwise. */
function cellTexts(result: GateResult, columns: readonly KeyColumn[]): (key: CellKey) => string {
  const digits = keyDigits(allKeys(result));
  return (key) => describeKey(key, columns, digits);
}

function moved(result: GateResult): Comparison[] {
  return result.comparisons
    .filter(({ verdict }) => verdict !== 'same')
    .sort((a, b) => (a.verdict === b.verdict ? Math.abs(b.z) - Math.abs(a.z) : a.verdict === 'worse' ? -1 : 1));
}

/** `1.234 ± 0.056`: a mean with its standard error. */
export function meanText({ mean, sem }: { mean: number; sem: number }): string {
  if (Number.isNaN(mean)) return 'undefined';
  return Number.isFinite(sem) ? `${significant(mean, 5)} ± ${significant(sem, 2)}` : significant(mean, 5);
}

function significant(value: number, digits: number): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(digits)));
}

/** A side of a comparison in words. */
function sideText({ metric, trials, ...sides }: Comparison, side: 'reference' | 'run'): string {
  const { mean } = sides[side];
  if (metric.name !== 'completed') return meanText(sides[side]);
  const planned = trials[side === 'reference' ? 0 : 1];
  return `${Math.round(planned * (1 - mean))} of ${counted(planned, 'trial')} failed`;
}

/** The difference of a comparison: relative, and in standard errors. */
export function changeText({ reference, run, z }: Pick<Comparison, 'reference' | 'run' | 'z'>): string {
  const difference = run.mean - reference.mean;
  const relative = difference / Math.abs(reference.mean);
  const sign = (value: number) => (value > 0 ? '+' : '');
  const parts = [
    ...(Number.isFinite(relative) ? [`${sign(relative)}${significant(100 * relative, 3)} %`] : []),
    ...(Number.isFinite(z) ? [`${sign(z)}${significant(z, 3)} standard errors`] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return Number.isFinite(difference) ? `${sign(difference)}${significant(difference, 3)}` : 'no longer comparable';
}

function summaryLine(result: GateResult): string {
  const values = `${counted(result.comparisons.length, 'value')} in ${counted(result.cells, 'cell')}`;
  const exact = result.comparisons.filter((entry) => entry.exact).length;
  const how = {
    exact: 'same seed and trials, 1e-4 relative',
    statistical: 'other trials, both standard errors',
    mixed: `${exact} of the same trials, 1e-4 relative; the others by both standard errors`,
  }[result.mode];
  const worse = result.comparisons.filter(({ verdict }) => verdict === 'worse').length;
  const better = result.comparisons.filter(({ verdict }) => verdict === 'better').length;
  const untested = result.untested > 0 ? `, ${result.untested} not testable with other trials` : '';
  const counts = `${values} compared (${how}): ${worse} worse, ${better} better, ${result.missing.length} missing${untested}`;
  return result.outcome === 'different'
    ? `${counted(result.differences.length, 'difference')} between the experiments`
    : counts;
}

/** Lines for a terminal: what moved, by how much, and the verdict last. */
export function gateText(result: GateResult): string {
  const keys = tellingKeys(allKeys(result));
  const cellText = cellTexts(result, keys);
  const lines = [
    ...result.differences.map(
      ({ what, a, b }) => `DIFFERENT ${what}: reference ${settingText(a)}, run ${settingText(b)}`,
    ),
    ...moved(result).map((entry) => {
      const change = `${sideText(entry, 'reference')} -> ${sideText(entry, 'run')}  (${changeText(entry)})`;
      return `${entry.verdict.toUpperCase().padEnd(6)} ${cellText(entry.key)}  ${entry.metric.name}  ${change}`;
    }),
    ...result.missing.map(
      ({ key, metric, from }) => `MISSING ${cellText(key)}${metric ? `  ${metric}` : ''}  not in the ${from}`,
    ),
    summaryLine(result),
    outcomeText(result),
  ];
  return `${lines.join('\n')}\n`;
}

/** A report for a pull request. */
export function gateMarkdown(result: GateResult, names: { readonly run: string; readonly reference: string }): string {
  const keys = tellingKeys(allKeys(result));
  const cellText = cellTexts(result, keys);
  const icons = { same: '✅', better: '⬆️' } as Partial<Record<string, string>>;
  const lines = [
    `### ${icons[result.outcome] ?? '❌'} ${outcomeText(result)}`,
    '',
    `${codeSpan(names.run)} against ${codeSpan(names.reference)}: ${summaryLine(result)}.`,
  ];
  if (result.differences.length > 0) {
    lines.push('', '| what | reference | run |', '|---|---|---|');
    for (const { what, a, b } of result.differences) {
      lines.push(markdownRow([what, settingText(a), settingText(b)]));
    }
  }
  const movedValues = moved(result);
  if (movedValues.length > 0) {
    lines.push(
      '',
      markdownRow([...keys, 'metric', 'reference', 'run', 'change', '']),
      `|${'---|'.repeat(keys.length + 5)}`,
    );
    for (const entry of movedValues) {
      const cells = [...keys.map((key) => keyText(entry.key, key)), entry.metric.name];
      cells.push(sideText(entry, 'reference'), sideText(entry, 'run'), changeText(entry), entry.verdict);
      lines.push(markdownRow(cells));
    }
  }
  if (result.missing.length > 0) {
    lines.push('', '**Missing**', '');
    for (const { key, metric, from } of result.missing) {
      lines.push(`- ${escapeMarkdown(cellText(key))}${metric ? `, ${metric}` : ''}: not in the ${from}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A name as code; a name with backticks as text. */
function codeSpan(name: string): string {
  return name.includes('`') ? escapeMarkdown(name) : `\`${name}\``;
}

/** Workflow commands that GitHub shows at the top of a run. */
export function gateAnnotations(result: GateResult): string {
  const keys = tellingKeys(allKeys(result));
  const cellText = cellTexts(result, keys);
  const escaped = (text: string) => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  const annotation = (level: string, title: string, text: string) =>
    `::${level} title=${escaped(title).replace(/:/g, '%3A').replace(/,/g, '%2C')}::${escaped(text)}`;
  const lines = [
    ...result.differences.map(({ what, a, b }) =>
      annotation('error', 'Not the same experiment', `${what}: reference ${settingText(a)}, run ${settingText(b)}`),
    ),
    ...moved(result).map((entry) =>
      annotation(
        entry.verdict === 'worse' ? 'error' : 'warning',
        `${entry.metric.name} is ${entry.verdict}`,
        `${cellText(entry.key)}: ${sideText(entry, 'reference')} -> ${sideText(entry, 'run')} (${changeText(entry)})`,
      ),
    ),
    ...result.missing.map(({ key, metric, from }) =>
      annotation('error', 'Missing', `${cellText(key)}${metric ? ` ${metric}` : ''} is not in the ${from}`),
    ),
    annotation(result.outcome === 'same' ? 'notice' : 'error', 'approxifer check', outcomeText(result)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The result for machines. */
export function gateJson(result: GateResult): unknown {
  return {
    outcome: result.outcome,
    exit_code: gateExitCodes[result.outcome],
    mode: result.mode,
    cells: result.cells,
    compared: result.comparisons.length,
    untested: result.untested,
    differences: result.differences.map(({ what, a, b }) => ({ what, reference: a ?? null, run: b ?? null })),
    moved: moved(result).map(({ key, metric, reference, run, z, p, verdict }) => ({
      cell: key,
      metric: metric.name,
      verdict,
      reference,
      run,
      standard_errors: Number.isFinite(z) ? z : null,
      ...(p !== undefined && { p_adjusted: p }),
    })),
    missing: result.missing.map(({ key, metric, from }) => ({ cell: key, metric: metric ?? null, missing_from: from })),
  };
}
