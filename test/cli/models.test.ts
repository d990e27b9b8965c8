import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { registerDatasets } from '../../src/cli/datasets.ts';
import { registerModels } from '../../src/cli/models.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const golden = (name: string) => fileURLToPath(new URL(`../models/import/golden/${name}`, import.meta.url));

/** What a command writes to stdout. */
async function run(...args: string[]): Promise<string> {
  let text = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    text += piece;
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  registerModels(program);
  registerDatasets(program);
  for (const group of program.commands) for (const command of group.commands) command.exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return text;
}

test('lists name what is here', async () => {
  const models = JSON.parse(await run('models', 'list', '--json')) as { name: string; path: string | null }[];
  expect(models.find(({ name }) => name === 'lenet5-mnist')?.path).toMatch(/lenet5-mnist\.onnx$/);
  expect(await run('models', 'list')).toMatch(/^name .*\nlenet5-mnist +mnist +99\.52 +yes/);
  expect(await run('datasets', 'list')).toMatch(/\nmnist +10000 +verified/);
});

test('models evaluate takes a registry name or a file, and prints one result', async () => {
  const result = JSON.parse(await run('models', 'evaluate', 'lenet5-mnist', '--limit', '300', '--json'));
  expect(result).toMatchObject({ model: 'lenet5-mnist', dataset: 'mnist', images: 300 });
  expect(result.top1).toBeGreaterThan(0.97);
  await expect(run('models', 'evaluate', 'some.onnx')).rejects.toThrow('some.onnx: say which data set by --dataset');
  await expect(run('models', 'evaluate', 'lenet5-mnist', '--limit', '0')).rejects.toThrow(/whole number of at least 1/);
  await expect(run('models', 'evaluate', 'lenet5-mnist', '--dataset', 'cifar11')).rejects.toThrow(
    /did you mean "cifar10"/,
  );
});

test('models import writes an ONNX file that can be evaluated; a foreign global leaves nothing', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'sub', 'my.onnx');
  const options = ['--architecture', 'lenet5', '--classes', '10', '--mean', '0.1', '--std', '0.3', '--out', out];
  expect(await run('models', 'import', golden('lenet5.pth'), ...options)).toMatch(
    /my\.onnx: lenet5, \d+ bytes, SHA-256/,
  );
  const text = await run('models', 'evaluate', out, '--dataset', 'mnist', '--limit', '100');
  expect(text).toMatch(/^my on 100 images of mnist: top-1 [\d.]+ % \(onnxruntime-node/);
  const none = join(folder, 'no.onnx');
  await expect(
    run('models', 'import', golden('harm-zip.pth'), '--architecture', 'lenet5', '--out', none),
  ).rejects.toThrow(/it names posix\.system/);
  expect(existsSync(none)).toBe(false);
});

test('pulling what the package holds does nothing, and unknown names are refused first', async () => {
  expect(await run('datasets', 'pull', 'mnist')).toBe('mnist: comes with this package, nothing to get\n');
  expect(await run('models', 'pull', 'lenet5-mnist')).toBe('lenet5-mnist: part of this package, nothing to get\n');
  await expect(run('models', 'pull', 'lenet5-mnist', 'resnet21-cifar10')).rejects.toThrow(
    /did you mean "resnet20-cifar10"/,
  );
  expect(await run('datasets', 'verify', 'mnist')).toMatch(
    /^mnist: 10000 images, every file has its published SHA-256/,
  );
  expect(await run('models', 'verify', 'lenet5-mnist')).toMatch(/^lenet5-mnist: verified, SHA-256 [0-9a-f]{64}/);
});
