import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { datasets } from '../datasets/registry.ts';
import { onnxRuntime } from '../models/onnx-runtime.ts';
import { findModel, models } from '../models/registry.ts';
import { tfjsRuntime } from '../models/tfjs.ts';
import { discard, temporaryName } from '../util/atomic.ts';
import { dataFolderFault, dataFolders, downloadFolder } from '../util/folders.ts';
import { systemReason } from '../util/machine-failure.ts';
import { versions } from '../util/versions.ts';

/** One thing that approxifer needs or can use. */
export interface Finding {
  readonly ok: boolean;
  readonly name: string;
  readonly detail: string;
  /** The command that mends it. */
  readonly cure?: string;
}

/** Looks at the installation, the data sets and the models. */
export async function diagnose(): Promise<Finding[]> {
  const installed = versions();
  const findings: Finding[] = [
    { ok: true, name: 'approxifer', detail: installed.approxifer },
    nodeFinding(installed.node),
    dataFolderFinding(),
    downloadFinding(),
    await packageFinding('onnxruntime-node', installed.onnxruntime, onnxRuntime),
    await packageFinding('sharp', 'reads images', () => import('sharp')),
    await packageFinding('@resvg/resvg-js', 'draws PNG figures', () => import('@resvg/resvg-js')),
    await packageFinding('TensorFlow.js', undefined, tfjsRuntime),
  ];
  for (const entry of datasets.entries) {
    const name = `dataset ${entry.name}`;
    try {
      const dataset = await entry.open({});
      findings.push({
        ok: true,
        name,
        detail: `${dataset.length} points${entry.published ? ', verified' : ', no published digest'}`,
      });
    } catch (error) {
      findings.push({
        ok: false,
        name,
        detail: (error as Error).message,
        cure: `approxifer datasets pull ${entry.name.replace(/-train$/, '')}`,
      });
    }
  }
  for (const entry of models.entries) {
    const name = `model ${entry.name}`;
    try {
      findings.push({ ok: true, name, detail: findModel(entry) });
    } catch (error) {
      findings.push({
        ok: false,
        name,
        detail: (error as Error).message,
        cure: entry.packaged ? 'install approxifer again' : `approxifer models pull ${entry.name}`,
      });
    }
  }
  return findings;
}

function dataFolderFinding(): Finding {
  const wrong = dataFolderFault();
  if (wrong) return { ok: false, name: 'data folders', detail: wrong.fault, cure: wrong.cure };
  return { ok: true, name: 'data folders', detail: dataFolders().join(', ') };
}

function nodeFinding(version: string): Finding {
  const major = Number(version.split('.')[0]);
  if (major >= 20) return { ok: true, name: 'node', detail: version };
  return { ok: false, name: 'node', detail: `${version} is too old`, cure: 'install Node.js 20 or newer' };
}

/** Whether a package with a native library loads on this machine. @param detail default: what loading says */
async function packageFinding(
  name: string,
  detail: string | undefined,
  load: () => Promise<unknown>,
): Promise<Finding> {
  try {
    const loaded = await load();
    return { ok: true, name, detail: detail ?? String(loaded) };
  } catch (error) {
    return { ok: false, name, detail: (error as Error).message, cure: 'npm ci' };
  }
}

/** Whether the folder that downloads go to can be written: HOME may be read-only. */
function downloadFinding(): Finding {
  const name = 'downloads';
  const folder = downloadFolder();
  let above = path.resolve(folder);
  while (!existsSync(above)) above = path.dirname(above);
  const trial = temporaryName(path.join(above, 'doctor'));
  try {
    writeFileSync(trial, '');
    return { ok: true, name, detail: `go to ${folder}` };
  } catch (error) {
    const reason = systemReason(error) ?? (error as Error).message;
    const cure = 'export APPROXIFER_DATA=<a folder that can be written>';
    return { ok: false, name, detail: `${folder} cannot be written: ${reason}`, cure };
  } finally {
    discard(trial);
  }
}
