import { parse } from 'yaml';
import { type MetricName, metrics } from '../../metrics/table.ts';
import type { Manifest } from '../../results/manifest.ts';
import type { SummaryRow } from '../../results/read.ts';
import { lambdaText, metricLabel, numberText } from '../labels.ts';
import { onShade, shade } from '../palette.ts';
import { bestRow, type Surface } from '../pictures/surface.ts';
import { escapeHtml, section, wide } from './html.ts';

/**
 * The λ surfaces of a run as tables of buttons: a colour by rank, the best framed, a mark on what is not told from it. The
 * script shows two slices through the chosen pair and a line of YAML.
 */
export function lambdaSection(surfaces: readonly Surface[], metric: MetricName, manifest: Manifest): string {
  const shown = surfaces.filter(({ rows }) => bestRow(rows, metric) !== undefined).slice(0, mostSurfaces);
  if (shown.length === 0) return '';
  const pickers = shown.map((surface, i) => picker(surface, metric, entryOf(manifest, surface.scheme), i));
  return section('lambda', 'Choose λ', pickers.join('\n'));
}

const mostSurfaces = 12;

/** What says of a scheme's entry in the config which λ it has; the label is added again. */
const lambdaKeys = new Set(['lambdaEnc', 'lambdaDec', 'lambda', 'tune', 'label']);

interface Entry {
  readonly scheme: string;
  /** Its options but for λ, as YAML with a comma after each: with others the pair was not measured. */
  readonly options: string;
}

/** The entry of the config that a label stands for. */
function entryOf({ config, written }: Manifest, label: string): Entry {
  const resolved = Array.isArray(config.schemes) ? (config.schemes as ResolvedEntry[]) : [];
  const found = resolved.find((entry) => entry.label === label);
  const entry = found?.item === undefined ? undefined : writtenSchemes(written)[found.item];
  const options = typeof entry === 'object' && entry !== null ? Object.values(entry)[0] : undefined;
  const kept = Object.entries(options ?? {}).filter(([key]) => !lambdaKeys.has(key));
  return {
    scheme: found?.scheme ?? label.toLowerCase(),
    options: kept.map(([key, value]) => `${key}: ${JSON.stringify(value)}, `).join(''),
  };
}

interface ResolvedEntry {
  readonly item?: number;
  readonly label?: string;
  readonly scheme?: string;
}

/** The list of schemes as it was written; empty where the text of a manifest is not what a run put there. */
function writtenSchemes(written = ''): readonly unknown[] {
  try {
    const { schemes } = parse(written) as { readonly schemes?: unknown };
    return Array.isArray(schemes) ? schemes : [];
  } catch {
    return [];
  }
}

function picker({ scheme, rows, apart }: Surface, metric: MetricName, entry: Entry, index: number): string {
  const best = bestRow(rows, metric)!;
  const values = (of: 'lambda_enc' | 'lambda_dec') =>
    [...new Set(rows.map(({ key }) => key[of]!))].sort((a, b) => a - b);
  const [encoders, decoders] = [values('lambda_enc'), values('lambda_dec')];
  const mean = (row: SummaryRow) => row.metrics.get(metric)?.mean ?? Number.NaN;
  const order = rows
    .map(mean)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const lowIsGood = metrics.get(metric).better === 'lower';
  // good values are light, as in the figure
  const share = (value: number) => {
    const rank = order.length > 1 ? order.indexOf(value) / (order.length - 1) : 0;
    return lowIsGood ? 1 - rank : rank;
  };
  const cell = (enc: number, dec: number) => {
    const row = rows.find(({ key }) => key.lambda_enc === enc && key.lambda_dec === dec);
    if (!row || !Number.isFinite(mean(row))) return '<td></td>';
    const { sem } = row.metrics.get(metric)!;
    const tied = row !== best && row.fromBest !== undefined && row.fromBest.low <= 0 && row.fromBest.high >= 0;
    const at = share(mean(row));
    const shown = `${numberText(mean(row), 3)}${tied ? ' ≈' : ''}`;
    const place = `λ_enc ${lambdaText(enc)}, λ_dec ${lambdaText(dec)}`;
    const rank = row === best ? ', the best' : tied ? ', not told from the best' : '';
    return `<td><button type="button" aria-label="${escapeHtml(`${shown}: ${place}${rank}`)}" data-said="${escapeHtml(`${place}${rank}: ${metricLabel(metric)}`)}" data-enc="${enc}" data-dec="${dec}" data-mean="${mean(row)}" data-sem="${sem}" class="${row === best ? 'top' : ''}" style="background:${shade(at)};color:${onShade(at)}">${shown}</button></td>`;
  };
  const head = decoders.map((dec) => `<th scope="col">${lambdaText(dec)}</th>`).join('');
  const body = encoders.map(
    (enc) => `<tr><th scope="row">${lambdaText(enc)}</th>${decoders.map((dec) => cell(enc, dec)).join('')}</tr>`,
  );
  const { key } = best;
  const condition = [`K = ${key.K}`, `N = ${key.N}`, `S = ${key.S ?? ''}`, ...apart].join(', ');
  const caption = `${metricLabel(metric)} of ${scheme}, ${condition}; λ_enc down, λ_dec across; framed: the best; ≈: its paired interval from the best includes 0`;
  return `<div class="picker" data-scheme="${escapeHtml(entry.scheme)}" data-options="${escapeHtml(entry.options)}" data-label="${escapeHtml(scheme)}">${wide(
    `λ of ${scheme} ${index + 1}`,
    `<table class="heat"><caption>${escapeHtml(caption)}</caption><thead><tr><th scope="col">λ_enc \\ λ_dec</th>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`,
  )}<div class="picked interactive" role="status" hidden></div></div>`;
}
