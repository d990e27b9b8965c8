import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawRun } from '../../src/cli/draw.ts';
import { keyColumns } from '../../src/results/schema.ts';
import { pairedCsv } from '../../src/results/summaries.ts';
import type { TrialView, ViewedCell } from '../../src/tables/trial.ts';
import { packageRoot } from '../../src/util/folders.ts';
import { accessFaults, browserPath, hasBrowser, openWindow, startBrowser } from '../helpers/browser.ts';
import { cli } from '../helpers/cli.ts';
import { folderWithConfig, temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

const hostile = '</script><img src=x onerror=alert(1)>';

/** A run of `schemes` at several S, with its trials and paired differences. */
function runWithTrials(schemes: readonly string[], stragglers: readonly number[], trials: number): string {
  const value = (i: number, S: number, trial: number) => 5 + S + 2 * i + Math.sin(trial * 7.3 + i);
  const list = (of: (trial: number) => number) => Array.from({ length: trials }, (_, trial) => of(trial));
  const cells = stragglers.flatMap((S, condition) =>
    schemes.map((scheme, i) => {
      const metrics = {
        mse: list((trial) => value(i, S, trial)),
        relacc: list((trial) => (trial % 3 === 0 ? 0.9 : 1)),
      };
      return { condition, row: summaryRow({ scheme, S }, metrics), metrics };
    }),
  );
  const folder = writeRun(
    cells.map(({ row }) => row),
    manifest({ written: 'name: synthetic\nschemes: [bacc]\n', config: { ...manifest().config, name: hostile } }),
  );
  const key = ({ row }: (typeof cells)[number]) => keyColumns.map((column) => String(row.key[column] ?? ''));
  const records = cells.flatMap((cell) =>
    cell.metrics.mse.map((mse, trial) => [...key(cell), trial, mse, cell.metrics.relacc[trial]]),
  );
  writeFileSync(path.join(folder, 'trials.csv'), stringify([[...keyColumns, 'trial', 'mse', 'relacc'], ...records]));
  const paired = pairedCsv(
    cells.map((cell) => ({
      key: key(cell),
      condition: cell.condition,
      label: cell.row.key.scheme,
      values: new Map(Object.entries(cell.metrics).map(([name, values]) => [name as 'mse', Float64Array.from(values)])),
    })),
    ['mse', 'relacc'],
  );
  writeFileSync(path.join(folder, 'paired.csv'), paired);
  return folder;
}

async function report(folder: string, beside?: string): Promise<string> {
  await drawRun(folder, new Set(['html']), { beside });
  return path.join(folder, 'report.html');
}

it('a run of 36 cells and 200 trials fits into 1 MB', async () => {
  const stragglers = [0, 10, 20, 30, 40, 50, 60, 70, 80];
  const schemes = ['BACC', 'NeRCC0', 'NeRCC', 'Replication'];
  const folder = runWithTrials(schemes, stragglers, 200);
  const places = Array.from({ length: 20 }, (_, k) => k);
  // more than find room
  const views = Array.from({ length: 600 }, (_, trial): TrialView => {
    const cell = (scheme: string, S: number): Omit<ViewedCell, 'place'> => ({
      key: { output: 'logits', scheme, K: '20', N: '100', S: String(S), E: '0', stragglers: 'uniform', attack: '' },
      pattern: 0,
      survivors: places.map((k) => 5 * k + ((trial * (k + S)) % 5)),
      liars: [],
      decoded: places.map((k) => (trial * k + S) % 10),
      errors: places.map((k) => Math.abs(Math.sin(trial + 7.3 * k + S) * 1e-4 ** (k % 3))),
    });
    const cells = stragglers.flatMap((S) => schemes.map((scheme) => cell(scheme, S)));
    const queries = places.map((k) => ({ index: (7919 * (trial + k)) % 10_000, label: k % 10, truth: k % 10 }));
    return { trial, queries: [{ K: 20, queries }], cells: cells.map((of, place) => ({ ...of, place })) };
  });
  await drawRun(folder, new Set(['html']), { views });
  const file = path.join(folder, 'report.html');
  expect(statSync(file).size).toBeLessThan(1e6);
  const html = readFileSync(file, 'utf8');
  expect(html).toContain('"series":"BACC"');
  const held = /The page has room for (\d+) of 600/.exec(html)?.[1];
  expect(Number(held)).toBeGreaterThanOrEqual(200);
});

describe.skipIf(!hasBrowser)(`in a browser (needs ${browserPath})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it('cells sort, filter and hide; two schemes are compared down to a trial; labels stay text', async () => {
    const folder = runWithTrials(['BACC', 'NeRCC0', hostile], [10, 20], 30);
    const { page, messages, requests, show } = await openWindow(browser);
    await show(await report(folder, folder));
    const names = () => page.locator('#cells tbody tr:visible th:last-of-type').allTextContents();
    expect(await names()).toHaveLength(6);
    await page.locator('#cells thead button', { hasText: 'MSE' }).click();
    expect((await names())[0]).toBe('BACC');
    await page.locator('#cells thead button', { hasText: 'MSE' }).click();
    expect((await names())[0]).toBe(hostile);
    expect(await page.locator('#cells th[aria-sort]').getAttribute('aria-sort')).toBe('descending');
    await page.locator('#cell-controls [type=checkbox]').last().uncheck();
    expect(await names()).not.toContain(hostile);
    await page.locator('#cell-filter').fill('nercc');
    expect(await names()).toEqual(['NeRCC0', 'NeRCC0']);
    expect(await page.locator('#cell-count').textContent()).toBe('2 of 6 rows');
    // one row is in the tab order; arrows go from row to row
    expect(await page.locator('[aria-label="Cells; arrows go from row to row"] #cells').count()).toBe(1);
    expect(await page.locator('#cells tr[tabindex="0"]:visible').count()).toBe(1);
    await page.locator('#cells tr[tabindex="0"]:visible').focus();
    for (const key of ['ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    expect(
      await page
        .locator('#cells tbody tr:visible')
        .last()
        .evaluate((row) => row.matches(':focus')),
    ).toBe(true);

    expect(await page.locator('.verdict li').first().textContent()).toBe(
      'MSE: BACC is better than NeRCC0 under all 2 conditions.',
    );
    // the same numbers as the table that needs no script
    expect(await page.locator('#compare-table tbody tr').count()).toBe(2);
    const verdict = await page.locator('#compare-table tbody tr').first().locator('td').last().textContent();
    expect(verdict).toBe('BACC is better');
    expect(await page.locator('.strip .trial').count()).toBe(30);
    await page.locator('#compare-table button').last().press('Enter');
    expect(
      await page
        .locator('#compare-table button')
        .last()
        .evaluate((chosen) => chosen.matches(':focus')),
    ).toBe(true);
    await page.locator('.strip .trial').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const [, trial] = /^Trial (\d+)$/.exec((await page.locator('#compare h3').last().textContent())!)!;
    expect(await page.locator('#compare code').textContent()).toMatch(
      new RegExp(`^approxifer inspect trial \\S+ ${trial}$`),
    );

    // a row and the marks of its cell belong together, both ways
    const mark = page.locator('figure svg [data-tip]').first();
    await mark.focus();
    expect(await page.locator('#tip').textContent()).toMatch(/: MSE = /);
    expect(await page.locator('#cells tr.linked').count()).toBe(1);
    await page.locator('#cells tbody tr:visible').first().focus();
    expect(await page.locator('figure .marked').count()).toBeGreaterThan(0);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('#beside table').count()).toBeGreaterThan(0);
    expect(await accessFaults(page)).toEqual([]);

    // on paper nothing is folded, in browsers too that do not know ::details-content
    const opened = () => page.locator('details').evaluateAll((all) => all.map((part) => part.hasAttribute('open')));
    await page.locator('#provenance details').evaluate((part) => part.insertAdjacentHTML('afterend', '<details open>'));
    for (const [event, open] of [
      ['beforeprint', true],
      ['beforeprint', true],
      ['afterprint', false],
    ] as const) {
      await page.evaluate((name) => dispatchEvent(new Event(name)), event);
      expect(await opened()).toEqual([open, true]);
    }
    expect(messages).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  it('all is there without scripts, nothing is cut at the width of a phone or of paper', async () => {
    const folder = runWithTrials(['BACC', 'NeRCC0'], [10, 20], 20);
    const { page, show } = await openWindow(browser, { scripts: false });
    await page.setViewportSize({ width: 375, height: 700 });
    await show(await report(folder));
    expect(await page.locator('figure svg').count()).toBeGreaterThan(0);
    expect(await page.locator('#compare-section tbody tr').count()).toBeGreaterThan(0);
    expect(await page.locator('.interactive:visible').count()).toBe(0);
    expect(await page.locator('[aria-label="Cells"] #cells').count()).toBe(1);
    const wider = () =>
      page.locator('body').evaluate((body) => body.scrollWidth - body.ownerDocument.documentElement.clientWidth);
    expect(await wider()).toBeLessThanOrEqual(0);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 720, height: 1000 });
    expect(await page.locator('.wide').evaluateAll((all) => all.filter((box) => box.scrollWidth > 720).length)).toBe(0);
    expect(await page.locator('#provenance table').evaluate((folded) => folded.checkVisibility())).toBe(true);
  });

  it('a trial on the page is what inspect trial prints of it', async () => {
    const at = folderWithConfig(
      'name: few\nmodel: lenet5-mnist\ndataset: mnist\nK: 4\nN: 16\nS: [1, 2]\nE: 1\nattack: {gaussian: 50}\ntrials: 3\nschemes: [approxifer, {bacc: {locator: kriging}}]\n',
    );
    expect((await cli('run', at('c.yaml'), '--out', at('run'), '--jobs', '1')).code).toBe(0);
    expect(await cli('report', at('run'))).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await cli('inspect', 'trial', at('run'), '2');
    expect(stdout).toMatch(/liars \d+; taken for liars \d/);
    const { page, messages, show } = await openWindow(browser);
    await show(at('run/report.html'));
    const words = (text: string | null) => text!.split(/\s+/).filter(Boolean).join(' ');
    const asPrinted = async (tables: Locator) => {
      await tables.nth(1).waitFor();
      const cells = await tables.evaluateAll((all) =>
        all.map((table) =>
          [...table.querySelectorAll('caption, td, th')]
            .map((cell) => cell.innerHTML.replaceAll('<br>', ' '))
            .join(' '),
        ),
      );
      return words(cells.join(' '));
    };
    await page.locator('#trial-choice').selectOption('2');
    expect(await asPrinted(page.locator('#trials table'))).toBe(words(stdout));
    expect(await accessFaults(page)).toEqual([]);
    await page.locator('#compare button', { hasText: /^trial 2: / }).click();
    expect(await asPrinted(page.locator('#compare .trial-view'))).toBe(words(stdout));
    expect(messages).toEqual([]);
    const other = await cli('report', at('run'), '--trials', '7');
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/there is no trial 7; trials = 3/) });
  });

  it('λ picker and slider over coded images', async () => {
    const at = folderWithConfig(
      'name: points\nkind: samples\nmodel: lenet5-mnist\ndataset: mnist\nK: 4\nN: 8\nS: 1\ntrials: 1\nschemes: [bacc, {nercc: {lambdaEnc: 1.0e-5, lambdaDec: 0}}]\n',
    );
    expect((await cli('run', at('c.yaml'), '--out', at('run'), '--jobs', '1')).code).toBe(0);
    const { page, messages, show } = await openWindow(browser);
    await show(await report(at('run')));
    expect(await page.locator('#image-slider canvas').count()).toBe(3);
    await page.locator('#worker').focus();
    await page.keyboard.press('End');
    expect(await page.locator('#image-slider output').textContent()).toBe('8 of 8');
    expect(await accessFaults(page)).toEqual([]);

    const surface = [0, 1e-8, 1e-6].flatMap((lambda_enc) =>
      [0, 1e-9, 1e-7].map((lambda_dec) =>
        summaryRow(
          { scheme: 'NeRCC', lambda_enc, lambda_dec },
          { mse: [1, 2, 3 + lambda_enc * 1e6 + lambda_dec * 1e7] },
        ),
      ),
    );
    await show(await report(writeRun(surface)));
    const pickedLine = async () => {
      await page.locator('.picker [data-enc="1e-8"][data-dec="1e-7"]').click();
      return page.locator('.picked code').textContent();
    };
    expect(await pickedLine()).toBe('- nercc: {lambdaEnc: 1e-8, lambdaDec: 1e-7, label: "NeRCC"}');
    for (const key of ['ArrowLeft', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    expect(await page.locator('.picked code').textContent()).toContain('lambdaEnc: 0.000001, lambdaDec: 1e-9');
    expect(await page.locator('.slice').count()).toBe(2);
    expect(await accessFaults(page)).toEqual([]);
    // of a refined surface not every pair was tried: arrows go over the gap, in their own line
    const middle = ({ key }: (typeof surface)[number]) => key.lambda_enc === 1e-8 && key.lambda_dec === 1e-9;
    const best = summaryRow({ scheme: 'NeRCC', lambda_enc: 1e-6, lambda_dec: 1e-7 }, { mse: [0, 1, 2] });
    const refined = [...surface.slice(0, -1), best].filter((row) => !middle(row));
    await show(await report(writeRun(refined)));
    expect(await page.locator('.picker button[tabindex="0"]').getAttribute('class')).toBe('top');
    const after = async (enc: string, dec: string, key: string) => {
      await page.locator(`.picker [data-enc="${enc}"][data-dec="${dec}"]`).focus();
      await page.keyboard.press(key);
      const focused = page.locator('.picker button:focus');
      return [await focused.getAttribute('data-enc'), await focused.getAttribute('data-dec')];
    };
    expect(await after('0', '1e-9', 'ArrowDown')).toEqual(['0.000001', '1e-9']);
    expect(await after('0.000001', '0', 'ArrowUp')).toEqual(['1e-8', '0']);
    expect(await after('1e-8', '0', 'ArrowRight')).toEqual(['1e-8', '1e-7']);
    expect(await after('0', '1e-7', 'ArrowRight')).toEqual(['0', '1e-7']);
    // with another order of the queries the pair was not measured
    const config = { ...manifest().config, schemes: [{ item: 1, scheme: 'nercc', label: 'NeRCC' }] };
    const written = 'schemes: [bacc, {nercc: {tune: true, order: path}}]\n';
    await show(await report(writeRun(surface, manifest({ config, written }))));
    expect(await pickedLine()).toBe('- nercc: {order: "path", lambdaEnc: 1e-8, lambdaDec: 1e-7, label: "NeRCC"}');
    expect(messages).toEqual([]);
  });

  it('reports of all kinds of references, light and dark, keep nobody out', async () => {
    const { page, messages, show } = await openWindow(browser);
    const names = [
      'quickstart',
      'table1-lenet5',
      'smoothing-lenet5',
      'approxifer-byzantine-attacks',
      'approxifer-parm-parities',
      'avcc-mnist-4-vs-9',
      'frontier-workers-lenet5',
      'theory-stragglers',
      'serving-quickstart',
      'tune-lenet5',
    ];
    for (const [i, name] of names.entries()) {
      const folder = path.join(temporaryFolder(), name);
      cpSync(path.join(packageRoot, 'results', 'reference', name), folder, { recursive: true });
      await page.emulateMedia({ colorScheme: i % 2 === 0 ? 'light' : 'dark' });
      await show(await report(folder));
      expect(await accessFaults(page), name).toEqual([]);
    }
    expect(messages).toEqual([]);
  }, 60_000);
});
