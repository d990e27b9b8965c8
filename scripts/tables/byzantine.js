// The table of docs/findings/byzantine.md by architecture: ours from references, the paper's from published.json.
import { readFileSync } from 'node:fs';
import { markdownTable, rowsOf } from './reference.js';

const ours = [
  ['LeNet5, MNIST', 'approxifer-byzantine-e'],
  ['ResNet-20', 'approxifer-byzantine-e-cifar10'],
  ['ResNet-56', 'approxifer-byzantine-architecture-resnet56'],
  ['repvgg-slim', 'approxifer-byzantine-architecture-repvgg-slim'],
];

function byArchitecture() {
  const schemes = ['ApproxIFER', 'ApproxIFER-legacy', 'Replication'];
  const measured = ours.map(([network = '', reference = '']) => {
    const rows = rowsOf(reference, 'summary.csv')?.filter(({ E }) => E === '2') ?? [];
    const text = (/** @type {string} */ scheme) => {
      const row = rows.find((own) => own.scheme === scheme);
      return row ? `${Number(row.accuracy_mean).toFixed(3)} ± ${Number(row.accuracy_sem).toFixed(3)}` : '';
    };
    return [network, Number(rows[0]?.base_accuracy_mean).toFixed(3), ...schemes.map(text), `\`${reference}\``];
  });
  /** @type {{ otherArchitectures: { model: string, place: string, value: number }[] }} */
  const { otherArchitectures } = JSON.parse(
    readFileSync(new URL('../../results/published.json', import.meta.url), 'utf8'),
  );
  const published = otherArchitectures
    .filter(({ place }) => place.includes('Byzantine'))
    .map(({ model, value }) => [model, '', value.toFixed(4), '', '', 'published']);
  return markdownTable(['network', 'base', ...schemes, 'from'], [...measured, ...published]);
}

export const byzantineTables = { 'byzantine-architecture': byArchitecture };
