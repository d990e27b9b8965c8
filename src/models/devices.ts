import { UserError } from '../util/errors.ts';

/** What computes a model, as a config and `--device` name it: the execution providers of ONNX Runtime. */
export const devices = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const;
export type Device = (typeof devices)[number];

/** A device cannot compute a model here: the fault is of the device, not of the model. */
export class DeviceFault extends UserError {}

/**
 * Checks that this build of ONNX Runtime knows a device; whether the machine has one shows when a model is loaded on it.
 * @param offered `listSupportedBackends` of ONNX Runtime
 * @throws UserError when it does not
 */
export function checkOffered(device: Device, offered: readonly { readonly name: string }[]): void {
  const names = offered.map(({ name }) => name);
  if (device === 'cpu' || names.includes(device)) return;
  throw new DeviceFault(
    `device ${device} is not in this build of ONNX Runtime (${process.platform} ${process.arch}), which offers ${names.join(', ')}`,
  );
}

/** A runtime as results name it; that of the processor is the plain one. */
export function runtimeOn(runtime: string, device: Device): string {
  return device === 'cpu' ? runtime : `${runtime} on ${device}`;
}
