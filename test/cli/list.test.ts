import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { kindNames } from '../../src/kinds/registry.ts';
import { packageRoot } from '../../src/util/folders.ts';

function list(what: string): { name: string; summary: string }[] {
  const launcher = path.join(packageRoot, 'bin', 'approxifer.js');
  return JSON.parse(execFileSync(process.execPath, [launcher, 'list', what, '--json'], { encoding: 'utf8' }));
}

it('lists every kind with its summary and nothing else', () => {
  const kinds = list('kinds');
  expect(kinds.map(({ name }) => name)).toEqual(kindNames);
  for (const kind of kinds) {
    expect(Object.keys(kind)).toEqual(['name', 'summary']);
    expect(kind.summary).not.toBe('');
  }
});

it('lists the references with their trials', () => {
  expect(list('references').find(({ name }) => name === 'quickstart')?.summary).toMatch(/^\d+ trials, seed \d+$/);
});
