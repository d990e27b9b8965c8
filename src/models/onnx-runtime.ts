import { createRequire } from 'node:module';
import { disableTelemetry } from '../util/telemetry.ts';

export type { InferenceSession } from 'onnxruntime-node';
export type OnnxRuntime = typeof import('onnxruntime-node');

let loaded: Promise<OnnxRuntime> | undefined;

/** ONNX Runtime, which is imported nowhere else: it must find its telemetry switched off when it is loaded. */
export function onnxRuntime(): Promise<OnnxRuntime> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<OnnxRuntime> {
  disableTelemetry();
  const ort = await import('onnxruntime-node');
  ort.env.logLevel = 'fatal'; // what fails is thrown too, and said in one line
  return ort;
}

/** Its version, without loading it. */
export function onnxVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return version;
}
