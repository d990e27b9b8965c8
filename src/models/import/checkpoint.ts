import { UserError } from '../../util/errors.ts';
import { readUserFile } from '../../util/files.ts';
import { quotable } from '../../util/untrusted.ts';
import { isSafetensors, readSafetensors } from './safetensors.ts';
import { isTorchFile, readTorchFile } from './torch-file.ts';
import type { StateDict } from './weights.ts';

/**
 * Reads the float tensors of a checkpoint: `.pt` or `.pth` of `torch.save` (any version), or safetensors. Nothing in the
 * file is executed.
 * @throws UserError that names the file when it is missing, damaged, of another kind, or names globals that no state dict
 *   needs
 */
export async function readCheckpoint(path: string): Promise<StateDict> {
  return parseCheckpoint(await readUserFile(path, 'checkpoint'), path);
}

/** As `readCheckpoint`, of bytes; `path` is for messages. */
export function parseCheckpoint(bytes: Uint8Array, path: string): StateDict {
  try {
    if (isTorchFile(bytes)) return readTorchFile(bytes);
    if (isSafetensors(bytes)) return readSafetensors(bytes);
  } catch (error) {
    throw new UserError(`checkpoint ${path} is refused: ${quotable((error as Error).message)}`);
  }
  throw new UserError(`checkpoint ${path} is neither a file of torch.save nor safetensors`);
}
