import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of test data, or undefined when it is absent. */
export const dataFolder = [
  process.env.APPROXIFER_DATA,
  fileURLToPath(new URL('../../../shared/data', import.meta.url)),
].find((folder) => folder !== undefined && existsSync(join(folder, 'cifar10')));

if (!dataFolder) console.warn('tests of CIFAR-10 and ImageNet are skipped: set APPROXIFER_DATA');

/** Environment for look-ups in the test data. */
export const dataEnv: NodeJS.ProcessEnv = { APPROXIFER_DATA: dataFolder };
