import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

export const browserPath = '/usr/bin/chromium';
export const hasBrowser = existsSync(browserPath);

/** A page in Chromium with what it says and asks for. */
export interface Opened {
  readonly page: Page;
  readonly messages: string[];
  /** Addresses asked for, but for data. */
  readonly requests: string[];
  /** Shows another file. */
  readonly show: (file: string) => Promise<void>;
}

/** Starts Chromium; a test file does so once. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
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
}

/** Opens files of this machine, served on loopback, in a window of its own, which ends with the test. */
export async function openWindow(browser: Browser, options: { readonly scripts?: boolean } = {}): Promise<Opened> {
  let shown = '';
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end(readFileSync(shown));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext({ javaScriptEnabled: options.scripts ?? true });
  onTestFinished(async () => {
    await context.close();
    server.close();
  });
  const page = await context.newPage();
  const messages: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(request.url());
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const show = async (file: string) => {
    shown = file;
    await page.goto(address, { waitUntil: 'load' });
  };
  return { page, messages, requests, show };
}

/** What axe-core finds, minor faults included: rules and places. */
export async function accessFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    interface Violation {
      readonly id: string;
      readonly nodes: readonly { readonly html: string }[];
    }
    const { axe } = globalThis as typeof globalThis & { axe: { run(): Promise<{ violations: Violation[] }> } };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}
