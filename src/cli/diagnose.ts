import { datasets } from '../datasets/registry.ts';
import { findModel, models } from '../models/registry.ts';
import { tfjsRuntime } from '../models/tfjs.ts';
import { dataFolders } from '../util/folders.ts';
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
    { ok: true, name: 'data folders', detail: dataFolders().join(', ') },
    await onnxFinding(installed.onnxruntime),
    { ok: true, name: 'TensorFlow.js', detail: await tfjsRuntime() },
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

function nodeFinding(version: string): Finding {
  const major = Number(version.split('.')[0]);
  if (major >= 20) return { ok: true, name: 'node', detail: version };
  return { ok: false, name: 'node', detail: `${version} is too old`, cure: 'install Node.js 20 or newer' };
}

async function onnxFinding(version: string): Promise<Finding> {
  try {
    await import('onnxruntime-node');
    return { ok: true, name: 'onnxruntime-node', detail: version };
  } catch (error) {
    return { ok: false, name: 'onnxruntime-node', detail: (error as Error).message, cure: 'npm ci' };
  }
}
