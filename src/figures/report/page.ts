import path from 'node:path';
import { Document, isScalar, visit } from 'yaml';
import { type MetricName, metrics as metricTable } from '../../metrics/table.ts';
import type { Manifest } from '../../results/manifest.ts';
import type { FailureRow, PairedRow, SummaryRow } from '../../results/read.ts';
import type { Samples } from '../../results/samples.ts';
import type { TrialValues } from '../../results/trial-values.ts';
import { tableGroupText } from '../../tables/cells.ts';
import { pairedLines } from '../../tables/paired.ts';
import { type ConditionRecommendations, reachedTexts, recommend, type Target } from '../../tables/recommend.ts';
import type { PaperTable } from '../../tables/table.ts';
import type { TrialView } from '../../tables/trial.ts';
import { groupBy } from '../../util/group.ts';
import { counted } from '../../util/text.ts';
import { lambdaText, numberText } from '../labels.ts';
import type { Surface } from '../pictures/surface.ts';
import { compareSection } from './compare.ts';
import { escapeHtml, interactive, plainTable, section, wide } from './html.ts';
import { imagesSection } from './images.ts';
import { lambdaSection } from './lambda.ts';
import { type Beside, overlaySection } from './overlay.ts';
import { failuresSection, resultsSection } from './results.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { trialsSection } from './trials.ts';
import { verdictHtml } from './verdict.ts';

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
  readonly failures: readonly FailureRow[];
  /** What the trials gave, by metric; empty for a folder that keeps no trials. */
  readonly values: ReadonlyMap<MetricName, TrialValues>;
  /** Trials that the page shows one by one. */
  readonly views: readonly TrialView[];
  readonly surfaces: readonly Surface[];
  /** What λ was chosen by. */
  readonly tunedFor: MetricName;
  readonly samples?: Samples | undefined;
  readonly beside?: Beside | undefined;
  readonly figures: readonly DrawnFigure[];
  /** The run's folder as a command names it. */
  readonly folder: string;
  /** Files of the run folder to link to. */
  readonly files: readonly string[];
  /** What the fewest workers are to be found for. */
  readonly targets: readonly Target[];
}

/** Bytes that a page comes to at most by single trials: less than a megabyte, its frame included. */
const mostBytes = 980_000;

/** Reports of one experiment in several folders are told apart in a browser's tabs. */
function titleOf(name: string, folder: string): string {
  const last = path.basename(path.resolve(folder));
  return last === name ? name : `${name}: ${last}`;
}

/**
 * One HTML page with everything about a run: it needs no other file but for the links to the CSVs, and its content security
 * policy forbids any request. Without scripts all tables and figures are there; scripts sort, filter, compare and explain.
 */
export function reportHtml(content: ReportContent): string {
  const { manifest, rows, table, paired, failures, values, figures, files, targets } = content;
  const name = String(manifest.config.name);
  const lines = pairedLines(
    paired,
    table.metrics.map((metric) => metric.name),
    rows,
  );
  const inspect = `approxifer inspect trial ${content.folder}`;
  const results = [
    failuresSection(failures, (trial) => `${inspect} ${trial}`),
    resultsSection(table, rows, paired),
    compareSection(lines, rows, values, inspect),
  ];
  const others = [
    overlaySection(content, table.metrics, content.beside),
    figures.length > 0
      ? section('figures', 'Figures', `<div class="figures">${figures.map(figureHtml).join('\n')}</div>`)
      : '',
    lambdaSection(content.surfaces, content.tunedFor, manifest),
    imagesSection(content.samples),
    ...targets.map((target, i) => adviceSection(rows, target, i)),
    configSection(manifest),
    section(
      'files',
      'Files',
      `<ul class="files">${files.map((file) => `<li><a href="${escapeHtml(encodeURI(file))}">${escapeHtml(file)}</a></li>`).join('')}</ul>`,
    ),
    section(
      'provenance',
      'Provenance',
      `<details><summary>Versions, digests, machine</summary>${provenanceHtml(manifest)}</details>`,
    ),
  ];
  const taken = Buffer.byteLength([style, script, ...results, ...others].join(''));
  const trials = trialsSection(content.views, escapeHtml(inspect), mostBytes - taken);
  const sections = [...results, trials.html, ...others].filter((text) => text !== '');
  const conditions = table.fixed.filter(({ key }) => key !== 'experiment').map(({ key, value }) => `${key} = ${value}`);
  const subject = table.groups.map(tableGroupText).join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(titleOf(name, content.folder))}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(name)}</h1>
<p class="subject">${escapeHtml([subject, ...conditions].filter((part) => part !== '').join(', '))}</p>
${verdictHtml(manifest, lines, rows, failures.length)}
</header>
${contentsHtml(sections)}
<main>
${sections.join('\n')}
</main>
<div id="tip" role="tooltip" hidden></div>
<script>${script}</script>
${trials.data}
</body>
</html>
`;
}

/** Links to the sections that are there. */
function contentsHtml(sections: readonly string[]): string {
  const links = sections.flatMap((html) => {
    const [, id, title] = /^<section id="([^"]+)"[^>]*>\n<h2[^>]*>(.*)<\/h2>/.exec(html) ?? [];
    return id === undefined ? [] : [`<a href="#${id}">${title}</a>`];
  });
  return `<nav aria-label="Contents">${links.join(' ')}</nav>`;
}

/** The config as it was written, to copy and run; of folders from before that was kept, what it was resolved to. */
function configSection(manifest: Manifest): string {
  const { written } = manifest;
  const above =
    written === undefined
      ? '<p class="note">This folder does not keep the config as it was written. This is what it was resolved to, which is not to be run.</p>'
      : `${interactive('copy-config', '<button type="button" data-copies="config-text">Copy</button>')}<p class="note">Saved as a file: <code>${escapeHtml(commandOf(manifest))}</code></p>`;
  const text = escapeHtml(written ?? configText(manifest));
  return section('config', 'Config', `${above}<pre id="config-text" tabindex="0">${text}</pre>`);
}

/** The command that makes the run from its config: what flags other than overrides did is not in there. */
function commandOf({ made_by, switched_off = [] }: Manifest): string {
  const tuned = switched_off.includes('tune') ? ' --tuned <manifest.json of the run that λ is from>' : '';
  return `approxifer ${made_by ?? 'run'} <file>${tuned}`;
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
  return `<figure id="figure-${escapeHtml(name)}">\n${wide(name, ownIds(named(svg, caption), name))}\n<figcaption>${escapeHtml(caption).replace(/λ_(enc|dec)/g, 'λ<sub>$1</sub>')}</figcaption>\n</figure>`;
}

/** A picture with a name for those who do not see it. */
function named(svg: string, caption: string): string {
  return svg.replace('<svg ', `<svg role="group" aria-label="${escapeHtml(caption)}" `);
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
function adviceSection(rows: readonly SummaryRow[], target: Target, index: number): string {
  const { label, better } = metricTable.get(target.metric);
  const advice = recommend(rows, target);
  if (advice.length === 0) return '';
  const title = `Fewest workers for ${label} ${better === 'higher' ? '≥' : '≤'} ${target.value}`;
  return section(`workers-${index}`, title, advice.map((condition) => adviceHtml(condition, target, label)).join(''));
}

function adviceHtml({ condition, recommendations }: ConditionRecommendations, target: Target, label: string): string {
  const shown = Object.entries(condition).filter(
    ([key, value]) => value !== undefined && value !== '' && key !== 'experiment',
  );
  const rows = recommendations.map(({ scheme, reached, tried }) =>
    reached ? [scheme, ...reachedTexts(reached, target)] : [scheme, `more than ${tried}`, '', '', ''],
  );
  const caption = shown.map(([key, value]) => `${key} = ${value}`).join(', ');
  return plainTable(caption, ['method', 'workers', `${label} (95 %)`, 'reaches it', 'trials'], rows);
}

/** An entry of `tuned` in a manifest. */
interface TunedPair {
  /** Of older manifests the place in the list of conditions. */
  readonly condition: number | Readonly<Record<string, unknown>>;
  readonly label: string;
  readonly lambdaEnc: number;
  readonly lambdaDec: number;
  readonly metric: string;
  readonly mean: number;
  /** None over one trial. */
  readonly sem: number | null;
  readonly trials: number;
}

function tunedText({ label, lambdaEnc, lambdaDec, metric, mean, sem, trials }: TunedPair): string {
  const found = `${metric} ${numberText(mean)}${sem === null ? '' : ` ± ${numberText(sem)}`} over ${counted(trials, 'tuning trial')}`;
  return `${label}: λ_enc = ${lambdaText(lambdaEnc)}, λ_dec = ${lambdaText(lambdaDec)} (${found})`;
}

function conditionOf({ condition }: TunedPair): Readonly<Record<string, unknown>> {
  return typeof condition === 'number' ? { condition: condition + 1 } : condition;
}

/** A value of a condition: attacks and laws of latencies are objects. */
function conditionText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
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
  const pairs = (tuned ?? []) as TunedPair[];
  const conditions = pairs.map(conditionOf);
  const varying = [...new Set(conditions.flatMap(Object.keys))].filter(
    (key) => new Set(conditions.map((condition) => JSON.stringify(condition[key]))).size > 1,
  );
  const where = (pair: TunedPair) => {
    const condition = conditionOf(pair);
    const told = varying.filter((key) => condition[key] !== undefined);
    return told.map((key) => `${key} = ${conditionText(condition[key])}`).join(', ');
  };
  for (const [text, of] of groupBy(pairs, tunedText)) {
    rows.push([`tuned ${of[0]!.label}`, [text, ...of.map(where)].filter(Boolean).join('; ')]);
  }
  return `<div class="facts">${plainTable('What made this run', ['what', 'value'], rows)}</div>`;
}
