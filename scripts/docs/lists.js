import { lists } from '../../dist/cli/list.js';
import { datasets } from '../../dist/datasets/registry.js';
import { metrics } from '../../dist/metrics/table.js';
import { models } from '../../dist/models/registry.js';
import { plain, table } from './markdown.js';

const code = (text) => (text ? `\`${text}\`` : '');

/** What `approxifer list` prints, as a table. */
export async function list({ of }) {
  const rows = await lists[of]();
  const written = rows.some(({ options }) => options);
  return table(
    ['name', 'what it is', ...(written ? ['written'] : [])],
    rows.map(({ name, summary, options }) => [code(name), plain(summary), ...(written ? [code(options)] : [])]),
  );
}

const runs = {
  all: 'every run',
  systematic: 'runs with a scheme that sends queries as they are (`uncoded`, `replication`, `parm`, `learned-code`)',
  parity: '`kind: parity`',
  byzantine: 'runs with E > 0',
  noisy: 'runs with `noise:`',
};

export function metricTable() {
  return table(
    ['metric', 'is', 'better', 'measured in'],
    metrics.entries.map(({ name, summary, better, runs: where }) => [
      code(name),
      summary,
      better === 'none' ? '–' : better,
      runs[where],
    ]),
  );
}

export function modelTable() {
  return table(
    ['name', 'network', 'data set', 'top-1', 'where'],
    models.entries.map(({ name, summary, reference, packaged }) => [
      code(name),
      summary,
      code(reference.dataset),
      reference.top1 === undefined ? 'not measured' : `${reference.top1} %`,
      packaged ? 'in the package' : `\`approxifer models pull ${name}\``,
    ]),
  );
}

export function datasetTable() {
  return table(
    ['name', 'points', 'of shape', 'what', 'where'],
    datasets.entries.map(({ name, summary, length, shape, pull }) => [
      code(name),
      length,
      shape.join(' × '),
      summary,
      pull ? `\`approxifer datasets pull ${name}\`` : 'installed with approxifer',
    ]),
  );
}
