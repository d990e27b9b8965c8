import { machineFailure } from '../util/machine-failure.ts';

/**
 * Instantiates a WebAssembly module at once.
 * @param base64 the module's bytes
 * @returns its exports, or null where there is no WebAssembly, or none with the instructions of the module
 * @throws EnvironmentError when there is no memory for it
 */
export function instantiate<Exports>(base64: string): Exports | null {
  const bytes = Buffer.from(base64, 'base64');
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) return null;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports;
  } catch (error) {
    // each one reserves some gigabytes of addresses
    throw machineFailure(error, 'WebAssembly cannot start') ?? error;
  }
}
