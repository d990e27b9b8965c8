import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openDataset } from '../../src/datasets/registry.ts';
import { cli } from '../helpers/cli.ts';
import { temporaryFolder } from '../helpers/folder.ts';

test('an APPROXIFER_DATA that is no folder is said in one line with the cure', async () => {
  const nowhere = join(temporaryFolder(), 'nowhere');
  vi.stubEnv('APPROXIFER_DATA', nowhere);
  const fault = `APPROXIFER_DATA is ${nowhere}, and there is no such folder`;
  const cure = 'make it, or set APPROXIFER_DATA to the folder that holds your data';
  const { stdout } = await cli('doctor', '--json');
  expect(JSON.parse(stdout)).toContainEqual({ ok: false, name: 'data folders', detail: fault, cure });
  for (const words of [
    ['datasets', 'list'],
    ['models', 'list'],
  ]) {
    expect(await cli(...words)).toMatchObject({ code: 0, stderr: `warning: ${fault}; ${cure}\n` });
  }
  const env = { APPROXIFER_DATA: nowhere, HOME: nowhere };
  await expect(openDataset('cifar10', { env })).rejects.toThrow(`or ${cure}: ${fault}`);
  vi.unstubAllEnvs();
}, 60_000);
