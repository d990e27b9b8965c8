import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { experimentDifferences, type Manifest } from '../../src/results/manifest.ts';
import { builtCli, cli } from '../helpers/cli.ts';
import { folderWithConfig } from '../helpers/folder.ts';

const config = `name: on-device
model: lenet5-mnist
dataset: mnist
K: 2
N: 4
trials: 2
schemes: [bacc]
`;

test('the processor is the default and no part of the experiment; another device is; one that is not here is a line', async () => {
  const at = folderWithConfig(config);
  const run = (out: string, ...words: string[]) =>
    cli('run', at('c.yaml'), '--jobs', '1', '--no-store', '--out', at(out), ...words);
  expect((await run('plain')).code).toBe(0);
  expect((await run('cpu', '--device', 'cpu')).code).toBe(0);
  const manifest = (out: string): Manifest => JSON.parse(readFileSync(at(`${out}/manifest.json`), 'utf8'));
  expect(manifest('cpu').config_sha256).toBe(manifest('plain').config_sha256);
  expect(manifest('plain').calls).toEqual({ 'lenet5-mnist': 50 });
  const other = { ...manifest('plain'), config: { ...manifest('plain').config, device: 'cuda' } };
  expect(experimentDifferences(manifest('plain'), other)).toEqual([{ what: 'config.device', a: undefined, b: 'cuda' }]);

  const missing = process.platform === 'darwin' ? 'cuda' : 'coreml';
  const refused = await run('other', '--device', missing);
  expect([refused.code, refused.stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(refused.stderr).toContain(`device ${missing} is not in this build of ONNX Runtime`);
  expect(refused.stderr).toMatch(/^approxifer: --device: device/);
  expect(existsSync(at('other'))).toBe(false); // nothing was written
  const asked = folderWithConfig(`${config}device: ${missing}\n`);
  const inConfig = await cli('run', asked('c.yaml'), '--no-store', '--out', asked('out'));
  expect(inConfig.stderr).toContain(`c.yaml:8:9: device ${missing}`);
  expect((await run('other', '--device', 'tpu')).code).toBe(2);
});

test.runIf(process.platform === 'linux')(
  'a device whose libraries are missing is one line, ONNX Runtime prints nothing of its own',
  () => {
    const at = folderWithConfig(config);
    const { code, stderr } = builtCli('run', at('c.yaml'), '--no-store', '--out', at('out'), '--device', 'cuda');
    if (code === 0) return; // it is here
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  },
);
