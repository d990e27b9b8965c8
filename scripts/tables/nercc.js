// The tables of docs/findings/nercc-claims.md: each claim of the NeRCC paper on each model and output.
import { table } from '../docs/markdown.js';
import { interval, ratioText, rowsOf, verdict } from './reference.js';

/** @typedef {import('./reference.js').Row} Row */

const models = ['lenet5', 'repvgg-slim', 'resnet56', 'vit-tiny', 'mobilenet'];
const outputs = ['logits', 'softmax'];
const seeds = ['', '-seed2'];
const of = (/** @type {string} */ variant) => seeds.map((seed) => `${variant}${seed}`);

/** @returns {{ model: string, reference: string, rows: Row[] }[]} the references of a family that hold the file, by model and seed */
function family(
  /** @type {string} */ prefix,
  /** @type {import('./reference.js').SmallFile} */ file,
  suffixes = seeds,
) {
  return models.flatMap((model) =>
    suffixes.flatMap((suffix) => {
      const reference = `${prefix}-${model}${suffix}`;
      const rows = rowsOf(reference, file);
      return rows ? [{ model, reference, rows }] : [];
    }),
  );
}

const claims = [
  ['NeRCC0', 'BACC'],
  ['NeRCC', 'BACC'],
  ['NeRCC', 'NeRCC0'],
];

/** Ratios of the MSE in Table 1 and its further settings. */
function table1() {
  const references = [...family('table1', 'ratios.csv'), ...family('table1', 'ratios.csv', of('-settings'))];
  const rows = references.flatMap(({ model, reference, rows }) =>
    outputs.flatMap((output) => {
      const settings = [...new Set(rows.map(({ N, K, S }) => `(${N}, ${K}, ${S})`))];
      return settings.map((setting) => [
        model,
        output,
        setting,
        ...claims.map(([above, below]) => {
          const row = rows.find(
            (own) =>
              own.output === output &&
              `(${own.N}, ${own.K}, ${own.S})` === setting &&
              own.scheme === above &&
              own.to_scheme === below,
          );
          return row ? `${verdict(interval(row))}: ${ratioText(interval(row))}` : '';
        }),
        `\`${reference}\``,
      ]);
    }),
  );
  const header = ['model', 'output', '(N, K, S)', ...claims.map(([a, b]) => `${a} < ${b}`), 'reference'];
  return table(header, rows);
}

/** For which numbers of stragglers each claim holds. */
function stragglers() {
  const rows = family('stragglers', 'ratios.csv').flatMap(({ model, reference, rows }) =>
    outputs.flatMap((output) =>
      claims.map(([above, below]) => {
        const own = rows.filter((row) => row.output === output && row.scheme === above && row.to_scheme === below);
        const at = (/** @type {string} */ word) =>
          own
            .filter((row) => verdict(interval(row)) === word)
            .map(({ S }) => S)
            .join(', ');
        const words = ['holds', 'undecided', 'does not hold', 'too few to tell'];
        return [model, output, `${above} < ${below}`, ...words.map(at), `\`${reference}\``];
      }),
    ),
  );
  const header = [
    'model',
    'output',
    'claim',
    'holds at S =',
    'undecided',
    'does not hold',
    'too few to tell',
    'reference',
  ];
  return table(header, rows);
}

/** The lowest point of each λ curve against λ = 0, and how that λ does on a second seed. */
function dips() {
  const rows = models.flatMap((model) =>
    outputs.flatMap((output) =>
      /** @type {const} */ (['lambda_dec', 'lambda_enc']).flatMap((axis) => {
        const curve = (/** @type {string} */ reference) =>
          rowsOf(reference, 'ratios.csv')?.filter(
            (row) =>
              row.output === output &&
              row.scheme === `NeRCC (λ_${axis.slice(-3)})` &&
              row.to_scheme === 'NeRCC0' &&
              Number(row[axis]) > 0,
          );
        const first = curve(`smoothing-${model}`);
        if (!first || first.length === 0) return [];
        const best = first.reduce((a, b) => (interval(b).ratio < interval(a).ratio ? b : a));
        const again = curve(`smoothing-${model}-seed2`)?.find((row) => row[axis] === best[axis]);
        const judged = again ?? best;
        const told = verdict(interval(judged));
        return [
          [
            model,
            output,
            `λ_${axis.slice(-3)}`,
            Number(best[axis]).toPrecision(2),
            ratioText(interval(best)),
            again ? ratioText(interval(again)) : 'not run',
            again || told !== 'holds' ? told : 'holds (λ chosen on these trials)',
          ],
        ];
      }),
    ),
  );
  const header = ['model', 'output', 'along', 'lowest at', 'MSE there / at λ = 0', 'the same λ, second seed', 'a dip'];
  return table(header, rows);
}

/** The best pair of each λ surface, what is as good, and what it gains over λ = 0. */
function surfaces() {
  const short = (/** @type {string | undefined} */ value) => String(Number(Number(value).toPrecision(3)));
  const lambda = (/** @type {string | undefined} */ value) =>
    Number(value) === 0 ? '0' : Number(Number(value).toPrecision(3)).toExponential();
  const rows = family('tune', 'optimum.csv').flatMap(({ model, reference, rows }) =>
    rows.map((row) => [
      model,
      row.output ?? '',
      `(${lambda(row.lambda_enc)}, ${lambda(row.lambda_dec)})`,
      `${lambda(row.lambda_enc_low)} to ${lambda(row.lambda_enc_high)}`,
      `${lambda(row.lambda_dec_low)} to ${lambda(row.lambda_dec_high)}`,
      `${(100 * Number(row.flat_share)).toFixed(0)} %`,
      short(row.mean),
      `${short(row.gain_over_zero)} [${short(row.gain_low)}, ${short(row.gain_high)}]`,
      `\`${reference}\``,
    ]),
  );
  const equal = ['λ_enc as good', 'λ_dec as good', 'pairs as good'];
  const header = ['model', 'output', 'best (λ_enc, λ_dec)', ...equal, 'MSE', 'MSE at (0, 0) less that', 'reference'];
  return table(header, rows);
}

/** Mean ± deviation where every trial draws its batch, and where all repeat one. */
function fixedBatch() {
  const rows = family('table1', 'summary.csv', of('-fixed-batch')).flatMap(({ reference, model, rows }) => {
    const drawn = rowsOf(reference.replace('-fixed-batch', ''), 'summary.csv') ?? [];
    const text = (/** @type {Row | undefined} */ row) =>
      row ? `${Number(row.mse_per_output_mean).toPrecision(3)} ± ${Number(row.mse_per_output_std).toPrecision(3)}` : '';
    return rows.map((row) => {
      const same = ['output', 'scheme', 'K', 'N', 'S'];
      const other = drawn.find((candidate) => same.every((key) => candidate[key] === row[key]));
      return [model, row.output ?? '', row.scheme ?? '', text(other), text(row), `\`${reference}\``];
    });
  });
  return table(['model', 'output', 'scheme', 'a batch a trial', 'one batch', 'reference'], rows);
}

/** RelAcc of the methods at the settings of Table 1; Replication on the ImageNet samples is a run of its own, logits alone. */
function relacc() {
  const rows = family('table1', 'summary.csv').flatMap(({ model, reference, rows }) => {
    const apart = rowsOf(reference.replace(`table1-${model}`, `table1-${model}-replication`), 'summary.csv') ?? [];
    return outputs.flatMap((output) =>
      [...new Set(rows.map(({ K }) => K))].flatMap((K) => {
        const here = (/** @type {Row} */ row) => row.output === output && row.K === K;
        const own = rows.filter(here);
        if (own.length === 0) return [];
        const all = [...own, ...apart.filter(here)];
        const text = (/** @type {string} */ scheme) => {
          const row = all.find((candidate) => candidate.scheme === scheme);
          return row ? `${Number(row.relacc_mean).toFixed(4)} ± ${Number(row.relacc_sem).toFixed(4)}` : '';
        };
        return [[model, output, K ?? '', ...['BACC', 'NeRCC0', 'NeRCC', 'Replication'].map(text), `\`${reference}\``]];
      }),
    );
  });
  return table(['model', 'output', 'K', 'BACC', 'NeRCC0', 'NeRCC', 'Replication', 'reference'], rows);
}

export const nerccTables = {
  'nercc-table1': table1,
  'nercc-stragglers': stragglers,
  'nercc-dips': dips,
  'nercc-surfaces': surfaces,
  'nercc-relacc': relacc,
  'nercc-fixed-batch': fixedBatch,
};
