import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { execute } from '../../src/runs/execute.ts';
import type { Stage } from '../../src/runs/stage.ts';

// what a full disk refuses of the last answers comes up when they are written, behind the last unit

const code = `export async function open({ end }) {
  const lines = [];
  return {
    run: async (unit) => ({ result: unit, failures: [] }),
    close: async () => { lines.push(end); },
    lastRemarks: () => lines,
  };
}`;
const module = `data:text/javascript,${encodeURIComponent(code)}`;
const built = new URL('../../dist/runs/execute.js', import.meta.url);

function stage(): Stage<string> {
  const spec = { end: 'the disk was full', config: {}, folder: '' };
  const open = async () => (await import(/* @vite-ignore */ module)).open(spec);
  return { name: 'trials', folder: '', units: ['0', '1', '2'], open, remote: { module, spec } } as never;
}

async function remarksOf(run: typeof execute, jobs: number): Promise<string[]> {
  const remarks: string[] = [];
  const whole = stage();
  const onRemarks = (lines: readonly string[]) => remarks.push(...lines);
  await run(whole, { units: whole.units, jobs, done: () => {}, onRemarks });
  return remarks;
}

test('what comes up when units are closed is told', async () => {
  expect(await remarksOf(execute, 1)).toEqual(['the disk was full']);
});

test.skipIf(!existsSync(built))('each thread tells it', async () => {
  const { execute: run } = await import(built.href);
  for (let i = 0; i < 5; i++) expect(await remarksOf(run, 2)).toEqual(['the disk was full', 'the disk was full']);
});
