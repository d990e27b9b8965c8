import { Document, isScalar, visit } from 'yaml';
import { metrics as metricTable } from '../metrics/table.ts';
import type { Manifest } from '../results/manifest.ts';
import type { PairedRow, PairedSide, SummaryRow } from '../results/read.ts';
import { plainHeading, plainKeys, plainScheme, tableCellText, tableGroupText } from '../tables/cells.ts';
import { readableKey } from '../tables/keys.ts';
import { type ConditionRecommendations, recommend, type Target } from '../tables/recommend.ts';
import type { PaperTable, TableRow } from '../tables/table.ts';
import { groupBy } from '../util/group.ts';
import { lambdaText, numberText } from './labels.ts';
import { script, style } from './report-assets.ts';

/** A figure as the report holds it. */
export interface DrawnFigure {
  readonly name: string;
  readonly caption: string;
  readonly svg: string;
}

export interface ReportContent {
  readonly manifest: Manifest;
  readonly rows: readonly SummaryRow[];
  readonly table: PaperTable;
  /** Rows of `paired.csv`; empty for a run without it. */
  readonly paired: readonly PairedRow[];
  readonly figures: readonly DrawnFigure[];
  /** Files of the run folder to link to. */
  readonly files: readonly string[];
  /** What the fewest workers are to be found for. */
  readonly targets: readonly Target[];
}

/**
 * One HTML page with everything about a run: it needs no other file but for the links to the CSVs, and its content security
 * policy forbids any request.
 */
export function reportHtml({ manifest, rows, table, paired, figures, files, targets }: ReportContent): string {
  const name = String(manifest.config.name);
  const sections = [
    table.rows.length === 0
      ? ''
      : section(
          'Results',
          `${tableHtml(table)}${table.notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join('')}`,
        ),
    pairedHtml(
      paired,
      table.metrics.map(({ name }) => name),
    ),
    figures.length > 0 ? section('Figures', `<div class="figures">${figures.map(figureHtml).join('\n')}</div>`) : '',
    ...targets.map((target) => adviceSection(rows, target)),
    section(
      'Files',
      `<ul class="files">${files.map((file) => `<li><a href="${escapeHtml(encodeURI(file))}">${escapeHtml(file)}</a></li>`).join('')}</ul>`,
    ),
    section('Config', `<pre>${escapeHtml(configText(manifest))}</pre>`),
    section('Provenance', provenanceHtml(manifest)),
  ];
  const unfinished = manifest.status === 'running' ? '<p class="warning">This run is not finished.</p>' : '';
  const conditions = table.fixed.filter(({ key }) => key !== 'experiment').map(({ key, value }) => `${key} = ${value}`);
  const subject = table.groups.map(tableGroupText).join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(name)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(name)}</h1>
<p class="subject">${escapeHtml([subject, ...conditions].filter((part) => part !== '').join(', '))}</p>
${unfinished}
${sections.filter((text) => text !== '').join('\n')}
<div id="tip" role="tooltip" hidden></div>
<script>${script}</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

function section(title: string, content: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>`;
}

function tableHtml(table: PaperTable): string {
  const { groups, metrics, rowKeys } = table;
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('');
  const over =
    groups.length === 1
      ? ''
      : `<tr><th colspan="${rowKeys.length + 1}"></th>${groups.map((group) => `<th colspan="${metrics.length}">${escapeHtml(tableGroupText(group))}</th>`).join('')}</tr>`;
  const header = [...rowKeys, 'method', ...groups.flatMap(() => metrics.map(plainHeading))];
  const body = (row: TableRow) => {
    const values = row.cells.flatMap((group) => group.map((cell) => tableCellText(cell)));
    return `<tr${row.source === undefined ? '' : ' class="published"'}>${cells('th', [...plainKeys(table, row), plainScheme(row)])}${cells('td', values)}</tr>`;
  };
  const html = `<div class="wide"><table><thead>${over}<tr>${cells('th', header)}</tr></thead>\n<tbody>${table.rows.map(body).join('\n')}</tbody></table></div>`;
  return table.rows.length <= openRows
    ? html
    : `<details><summary>${table.rows.length} rows</summary>\n${html}\n</details>`;
}

/** Rows of a table that is shown at once; of a λ surface, which has more, the figure says most. */
const openRows = 100;

/** Rows that a reader still takes in; a larger sweep is left to `paired.csv`. */
const pairedRows = 40;

/** Paired differences of the metrics in the table, where they are few enough: all of them, or those between two schemes. */
function pairedHtml(paired: readonly PairedRow[], metrics: readonly string[]): string {
  const all = paired.filter(({ metric }) => metrics.includes(metric));
  const shown = all.length <= pairedRows ? all : all.filter(({ a, b }) => a.scheme !== b.scheme);
  if (shown.length === 0 || shown.length > pairedRows) return '';
  const keys = (['output', 'K', 'N', 'S', 'E', 'stragglers', 'attack'] as const).filter(
    (column) => new Set(shown.map(({ key }) => key[column])).size > 1,
  );
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join('');
  const sideText = sideNames(shown);
  const body = shown.map(({ key, a, b, metric, mean, low, high }) => {
    const certain = low > 0 || high < 0 ? 'yes' : 'no';
    const name = [...keys.map((column) => String(key[column] ?? '')), `${sideText(a)} − ${sideText(b)}`, metric];
    return `<tr>${cells('th', name)}${cells('td', [numberText(mean), `${numberText(low)} … ${numberText(high)}`, certain])}</tr>`;
  });
  const header = cells('th', [...keys, 'difference', 'metric', 'mean', '95 % interval', 'excludes 0']);
  return section(
    'Paired differences',
    `<div class="wide"><table><thead><tr>${header}</tr></thead>\n<tbody>${body.join('\n')}</tbody></table></div>`,
  );
}

/** How the sides of paired differences are called: by their scheme, and by λ and options where it has several there. */
function sideNames(rows: readonly PairedRow[]): (side: PairedSide) => string {
  const details = (['lambda_enc', 'lambda_dec', 'options', 'order'] as const).map((column) => {
    const values = groupBy(
      rows.flatMap(({ a, b }) => [a, b]),
      (side) => side.scheme,
    );
    const several = [...values].filter(([, sides]) => new Set(sides.map((side) => side[column])).size > 1);
    return { column, schemes: new Set(several.map(([scheme]) => scheme)) };
  });
  return (side) =>
    [
      side.scheme,
      ...details.flatMap(({ column, schemes }) =>
        schemes.has(side.scheme) ? [`${column}=${readableKey(column, String(side[column] ?? ''))}`] : [],
      ),
    ].join(' ');
}

/** The resolved config as YAML, lists of numbers on one line. */
function configText({ config }: Manifest): string {
  const document = new Document(config);
  visit(document, {
    Seq(_, list) {
      list.flow = list.items.every((item) => isScalar(item));
    },
  });
  return document.toString({ lineWidth: 0 });
}

function figureHtml({ name, caption, svg }: DrawnFigure): string {
  return `<figure id="${escapeHtml(name)}">\n<div class="wide">${ownIds(svg, name)}</div>\n<figcaption>${escapeHtml(caption).replace(/λ_(enc|dec)/g, 'λ<sub>$1</sub>')}</figcaption>\n</figure>`;
}

/** Prefixes the ids inside an SVG: clips and gradients of several pictures on one page would share them. */
function ownIds(svg: string, prefix: string): string {
  const safe = prefix.replace(/[^A-Za-z0-9-]/g, '_');
  return svg
    .replace(/<\?xml[^>]*\?>/, '')
    .replace(/\bid="([^"]+)"/g, `id="${safe}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${safe}-$1)`)
    .replace(/href="#([^"]+)"/g, `href="#${safe}-$1"`);
}

/** Empty for a run that does not sweep N. */
function adviceSection(rows: readonly SummaryRow[], target: Target): string {
  const { label, better } = metricTable.get(target.metric);
  const advice = recommend(rows, target);
  if (advice.length === 0) return '';
  const title = `Fewest workers for ${label} ${better === 'higher' ? '≥' : '≤'} ${target.value}`;
  return section(title, advice.map((condition) => adviceHtml(condition, label)).join(''));
}

function adviceHtml({ condition, recommendations }: ConditionRecommendations, label: string): string {
  const shown = Object.entries(condition).filter(
    ([key, value]) => value !== undefined && value !== '' && key !== 'experiment',
  );
  const rows = recommendations.map(({ scheme, workers, reached, certain, tried }) => {
    const found =
      workers === undefined || reached === undefined
        ? `<td>more than ${tried}</td><td></td><td></td>`
        : `<td>${workers}</td><td>${numberText(reached.mean)} ± ${numberText(reached.sem)}</td><td>${certain ? 'yes' : 'no'}</td>`;
    return `<tr><th>${escapeHtml(scheme)}</th>${found}</tr>`;
  });
  return `<p>${escapeHtml(shown.map(([key, value]) => `${key} = ${value}`).join(', '))}</p>
<div class="wide"><table><thead><tr><th>method</th><th>workers</th><th>${escapeHtml(label)} ± standard error</th><th>beyond two standard errors</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** An entry of `tuned` in a manifest. */
interface TunedPair {
  readonly condition: number;
  readonly label: string;
  readonly lambdaEnc: number;
  readonly lambdaDec: number;
  readonly metric: string;
  readonly mean: number;
  readonly sem: number;
  readonly trials: number;
}

function tunedText({ label, lambdaEnc, lambdaDec, metric, mean, sem, trials }: TunedPair): string {
  const found = `${metric} ${numberText(mean)} ± ${numberText(sem)} over ${trials} tuning trials`;
  return `${label}: λ_enc = ${lambdaText(lambdaEnc)}, λ_dec = ${lambdaText(lambdaDec)} (${found})`;
}

function provenanceHtml(manifest: Manifest): string {
  const flat = (prefix: string, value: unknown): [string, string][] => {
    if (typeof value !== 'object' || value === null) return [[prefix, String(value ?? 'none')]];
    return Object.entries(value).flatMap(([key, entry]) => flat(`${prefix} ${key}`, entry));
  };
  const { config_sha256, seed, trials, versions, revision, digests, runtimes, machine, times, counts, tuned } =
    manifest;
  const facts = { seed, trials, config_sha256, revision, versions, runtimes, digests, machine, times, counts };
  const rows = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => flat(key, value));
  for (const [text, of] of groupBy((tuned ?? []) as TunedPair[], tunedText)) {
    const conditions = of.length === 1 ? 'condition' : 'conditions';
    rows.push([
      `tuned ${of[0]!.label}`,
      `${text}; ${conditions} ${of.map(({ condition }) => condition + 1).join(', ')}`,
    ]);
  }
  return `<div class="wide"><table class="facts"><tbody>${rows.map(([key, value]) => `<tr><th>${escapeHtml(key)}</th><td>${escapeHtml(value)}</td></tr>`).join('\n')}</tbody></table></div>`;
}
