import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { drawRun as writeFigures } from '../../src/cli/draw.ts';
import { parseTarget } from '../../src/tables/recommend.ts';
import { temporaryFolder } from '../helpers/folder.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

const browserPath = '/usr/bin/chromium';

function sweep(): string {
  const rows = [10, 20, 30].flatMap((N) =>
    ['BACC', 'NeRCC0'].map((scheme, i) =>
      summaryRow(
        { scheme, N, S: 5 },
        { mse: [30 / N + i, 31 / N + i, 32 / N + i], relacc: [0.9 + N / 300, 0.99, 0.995 + i / 1000] },
      ),
    ),
  );
  const config = { ...manifest().config, note: '<script>alert("x")</script> & </pre>' };
  return writeRun(rows, manifest({ config }));
}

describe('the report page', () => {
  it('says which paired differences are certain', async () => {
    const folder = sweep();
    const key = 'synthetic,lenet5-mnist,mnist,logits,20,10,5,0,,,given,uniform,,';
    const header =
      'experiment,model,dataset,output,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,scheme_a,scheme_b,metric,trials,diff_mean,diff_sem,ci_low,ci_high';
    const rows = [`${key},BACC,NeRCC0,mse,3,0.5,0.1,0.25,0.75`, `${key},BACC,NeRCC0,relacc,3,-0.01,0.1,-0.3,0.28`];
    writeFileSync(path.join(folder, 'paired.csv'), `${[header, ...rows].join('\n')}\n`);
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain('<th>BACC − NeRCC0</th><th>mse</th><td>0.5</td><td>0.25 … 0.75</td><td>yes</td>');
    expect(html).toContain('<td>−0.3 … 0.28</td><td>no</td>');
  });

  it('finds the fewest workers for the targets asked for', async () => {
    const folder = sweep();
    await writeFigures(folder, new Set(['html']), { targets: [parseTarget('relacc=0.5'), parseTarget('mse=1e9')] });
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain('<h2>Fewest workers for RelAcc ≥ 0.5</h2>');
    expect(html).toContain('<h2>Fewest workers for MSE ≤ 1000000000</h2>');
    for (const wrong of ['relacc', 'relacc=', 'speed=1', 'base_accuracy=0.9', 'mse=low']) {
      expect(() => parseTarget(wrong)).toThrow(/expected metric=number, such as relacc=0.99; metrics: mse,/);
    }
  });

  it('holds table, figures, config, provenance and links, and quotes what it shows', async () => {
    const folder = sweep();
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    for (const part of ['Results', 'Figures', 'Fewest workers', 'Files', 'Config', 'Provenance']) {
      expect(html).toContain(`<h2>${part}`);
    }
    expect(html).toContain('<a href="summary.csv">');
    expect(html).toContain(manifest().digests.models['lenet5-mnist']);
    expect(html).not.toContain('<script>alert');
    // nothing to load: the only addresses are namespaces, fragments, data and files of the folder
    const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"|url\(([^)]*)\)/g)].map(
      (match) => match[1] ?? match[2]!,
    );
    for (const address of addresses) expect(address).toMatch(/^(#|data:|[\w./-]+\.(csv|json|md|tex)$)/);
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.skipIf(!existsSync(browserPath))(
    `draws in a real browser, says nothing on the console and asks for nothing (needs ${browserPath})`,
    async () => {
      const folder = sweep();
      await writeFigures(folder, new Set(['html']));
      const asked: string[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url!);
        response.setHeader('content-type', 'text/html').end(readFileSync(path.join(folder, 'report.html')));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const profile = temporaryFolder();
      const browser = await chromium.launchPersistentContext(profile, {
        executablePath: browserPath,
        headless: true,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
      onTestFinished(async () => {
        await browser.close();
        server.close();
        rmSync(profile, { recursive: true, force: true });
      });
      const page = await browser.newPage();
      const messages: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      await page.goto(address, { waitUntil: 'networkidle' });

      const pictures = page.locator('figure svg');
      expect(await pictures.count()).toBe(2);
      for (const picture of await pictures.all()) {
        const box = (await picture.boundingBox())!;
        expect([box.width > 200, box.height > 150]).toEqual([true, true]);
      }
      expect(await page.locator('thead th').first().textContent()).toBe('N');
      const mark = page.locator('figure svg [data-tip]').first();
      await mark.scrollIntoViewIfNeeded();
      await mark.hover({ force: true });
      expect(await page.locator('#tip').textContent()).toMatch(
        /^BACC \(K = 20, N = 10, S = 5\): MSE = 3\.1 ± .* 3 trials$/,
      );
      expect(messages).toEqual([]);
      expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([address]);
      expect(asked).toEqual(['/']);
    },
  );
});
