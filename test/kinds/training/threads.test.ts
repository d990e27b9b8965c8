import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { threadCluster } from '../../../src/kinds/training/thread-cluster.ts';
import { defaultPrime, primeField } from '../../../src/math/finite-field.ts';
import { matrix } from '../../../src/math/matrix.ts';
import { readIterations, readSummary } from '../../../src/results/read.ts';
import { builtCli, cli } from '../../helpers/cli.ts';
import { folderWithConfig, temporaryFolder } from '../../helpers/folder.ts';

const yaml = `name: threads
kind: training
model: {logisticRegression: {iterations: 4, learningRate: 2}}
dataset: {mnist: {classes: [4, 9], train: 150, test: 60}}
K: 2
N: 5
schemes: [lcc, static-vcc, avcc]
stragglers: {clock: threads, slowdown: 30, faults: [{S: 1, E: 1}]}
attack: {constant: 5}
`;
const built = fileURLToPath(new URL('../../../dist/kinds/training/share-worker.js', import.meta.url));

describe.skipIf(!existsSync(built))('the clock of worker threads', () => {
  it('runs the same schemes on real workers: right answers, stragglers left behind, liars found out', () => {
    const at = folderWithConfig(yaml);
    const { code, stderr } = builtCli('run', at('c.yaml'), '--out', at('out'), '--jobs', '2');
    expect([code, stderr]).toEqual([0, expect.stringContaining('trainings run one at a time whatever --jobs says')]);
    const rows = readIterations(at('out'));
    expect(rows).toHaveLength(3 * 5);
    for (const { clock, compute, wait, recode } of rows) {
      expect(clock).toBe('threads');
      expect(compute + wait + recode).toBeGreaterThan(0);
    }
    for (const { metrics } of readSummary(at('out'))) {
      expect(metrics.get('exact')!.mean).toBe(1);
      expect(metrics.get('failed_iterations')!.mean).toBe(0);
    }
  });
});

it('a dry run says that this clock measures', async () => {
  const at = folderWithConfig(yaml);
  const { stdout } = await cli('run', at('c.yaml'), '--dry-run');
  expect(stdout).toMatch(/^time +not known before: clock: threads measures it/m);
});

it('says so when a worker dies', async () => {
  const broken = path.join(temporaryFolder(), 'broken.mjs');
  writeFileSync(broken, "throw new Error('no such machine');");
  const cluster = threadCluster(primeField(defaultPrime), 2, pathToFileURL(broken));
  await expect(cluster.distribute(0, [0, 1], matrix(2, 4), 2, 2)).rejects.toThrow(/worker \d died: no such machine/);
  await cluster.close();
});
