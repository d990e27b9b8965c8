import { disableTelemetry } from '../util/telemetry.ts';

export type { InferenceSession } from 'onnxruntime-node';

/** ONNX Runtime, which is imported nowhere else: it must find its telemetry switched off when it is loaded. */
export function onnxRuntime(): Promise<typeof import('onnxruntime-node')> {
  disableTelemetry();
  return import('onnxruntime-node');
}
