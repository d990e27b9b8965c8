import { defaultCombination } from '../codecs/compose.ts';
import type { NamedRule } from '../codecs/lambda-rules.ts';
import { type SchemeOptions, schemes } from '../external/registry.ts';
import { optionsText, optionText } from '../util/option-text.ts';
import { attackText } from '../workers/attack-spec.ts';
import { stragglerLabel } from '../workers/stragglers.ts';
import type { Condition } from './conditions.ts';
import type { SchemeEntry } from './entries.ts';

/** Key columns of a cell but for experiment, model and dataset. Cells with equal columns cannot be told apart in results. */
export interface CellColumns {
  readonly output: string;
  readonly scheme: string;
  readonly K: string;
  readonly N: string;
  readonly S: string;
  readonly E: string;
  readonly lambda_enc: string;
  readonly lambda_dec: string;
  readonly order: string;
  readonly stragglers: string;
  readonly attack: string;
  readonly options: string;
}

/** @param options of the entry, with its λ. @param N workers of the cell */
export function cellColumns(entry: SchemeEntry, options: SchemeOptions, condition: Condition, N: number): CellColumns {
  const smoothing = schemes.get(entry.scheme).smoothing === true;
  return {
    output: condition.output,
    scheme: entry.label,
    K: String(condition.K),
    N: String(N),
    S: condition.S === undefined ? '' : String(condition.S),
    E: String(condition.E),
    lambda_enc: smoothing ? String(options.lambdaEnc) : '',
    lambda_dec: smoothing ? String(options.lambdaDec) : '',
    order: entry.combination.order,
    stragglers: stragglerLabel(condition.stragglers),
    attack: condition.attack ? attackText(condition.attack) : '',
    options: optionColumn(entry, options),
  };
}

/** The `options` column: what differs from the scheme's defaults, sorted, `key=value;…`. */
function optionColumn(entry: SchemeEntry, options: SchemeOptions): string {
  const scheme = schemes.get(entry.scheme);
  // a scheme may need options that have no default
  const defaults: SchemeOptions = scheme.options.safeParse({}).data ?? {};
  const usual = { ...defaultCombination, ...scheme.combination };
  const all: [string, unknown, unknown][] = [
    ...Object.keys(options)
      .filter((key) => key !== 'lambdaEnc' && key !== 'lambdaDec' && !scheme.unlisted?.includes(key))
      .map((key): [string, unknown, unknown] => [key, options[key], defaults[key]]),
    ...(['decoder', 'locator'] as const).map((part): [string, unknown, unknown] => [
      part,
      entry.combination[part],
      usual[part],
    ]),
    ['tune', entry.tune, undefined],
    ['lambda', entry.rule && ruleText(entry.rule), undefined],
  ];
  const own = all.filter(([, value, usually]) => value !== undefined && optionText(value) !== optionText(usually));
  return optionsText(own.map(([key, value]) => [key, value]));
}

function ruleText({ rule, times }: NamedRule): string {
  return times === 1 ? rule : `${times}*${rule}`;
}
