import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { onTerminal } from '../../src/cli/terminal.ts';
import { markdown } from '../../src/tables/markdown.ts';
import { paperTable } from '../../src/tables/table.ts';
import { summaryRow } from '../helpers/run.ts';

const values = (mean: number) => ({
  mse: [mean - 1, mean, mean + 1],
  relacc: [0.8, 0.9, 1],
  degraded: [0.5, 0.6, 0.7],
});
const models = ['lenet5-mnist', 'resnet56-cifar10', 'vit-tiny-imagenet'];
const text = markdown.render(
  paperTable(
    models.flatMap((model) => [
      summaryRow({ model, scheme: 'BACC|x' }, values(5)),
      summaryRow({ model, scheme: 'NeRCC0' }, values(3)),
    ]),
  ),
);

const longest = (shown: string) => Math.max(...shown.split('\n').map((line) => [...line].length));

test('tables and notes fit 80 and 200 columns, with each cell once', () => {
  for (const width of [80, 200]) {
    const shown = onTerminal(text, { width, colour: false });
    expect(longest(shown)).toBeLessThanOrEqual(width);
    expect(shown.match(/3\.00 ± 1\.00/g)).toHaveLength(models.length);
    for (const line of shown.split('\n').filter((row) => row.includes('3.00 ±'))) expect(line).toContain('NeRCC0');
  }
  expect(longest(text)).toBeGreaterThan(200);
  expect(onTerminal(text, { width: 1000, colour: false })).toBe(text);
});

test('the best of a condition is green and the worst red, by the way that is better', () => {
  const shown = onTerminal(text, { width: 1000, colour: true });
  const painted = (colour: number) =>
    shown
      .split(`\x1b[${colour}m`)
      .slice(1)
      .map((part) => part.split('\x1b')[0]!.trim());
  expect(painted(32)).toEqual(models.map(() => '3.00 ± 1.00'));
  expect(painted(31)).toEqual(models.map(() => '5.00 ± 1.00'));
  expect(stripVTControlCharacters(shown)).toBe(text);
});
