import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { candidatesFor } from '../../src/advice/candidates.ts';
import { choose } from '../../src/advice/choose.ts';
import { advicePage } from '../../src/advice/page.ts';
import { hasBrowser, openWindow, startBrowser } from '../helpers/browser.ts';
import { temporaryFolder } from '../helpers/folder.ts';

test.runIf(hasBrowser)(
  'the page with its longest texts does not scroll sideways in a window of 1200 pixels',
  async () => {
    const candidates = candidatesFor({ E: 1 });
    const measured = candidates.map(({ name }) => ({
      ...{ name, N: 128, mean: 0.98765, sem: 0.0123, rounding: 0, trials: 300 },
      ...{ without: 123, queries: 1600, failed: 123, faulty: 300 },
      ...{ isCertain: false, seesQuery: false, master: 0.12345 },
    }));
    const goal = { metric: 'relacc', value: 0.99 } as const;
    const question = { model: 'lenet5-mnist', dataset: 'mnist', K: 9, faults: 'none late', goal, tried: [9, 128] };
    const file = path.join(temporaryFolder(), 'advice.html');
    const asked = { ...question, isPrivate: false };
    writeFileSync(file, advicePage(asked, choose(measured, goal), candidates, ['N-9', 'N-128']));
    const browser = await startBrowser();
    try {
      const { page, show } = await openWindow(browser);
      await page.setViewportSize({ width: 1200, height: 900 });
      await show(file);
      const beyond = (boxes: Element[]) => boxes.map((box) => box.scrollWidth - box.clientWidth);
      expect(await page.locator('.wide, html').evaluateAll(beyond)).toEqual([0, 0]);
    } finally {
      await browser.close();
    }
  },
);
