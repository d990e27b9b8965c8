import { UserError } from '../../util/errors.ts';

/** A float32 tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The float tensors of a checkpoint by name. Integer tensors (counters of batch normalisation) are left out. */
export type StateDict = ReadonlyMap<string, Tensor>;

/** Takes tensors out of a state dict and keeps account of them. */
export interface Weights {
  has(name: string): boolean;
  /**
   * @param shape what the tensor's shape must be; -1 for any size
   * @throws UserError when there is no such tensor or it has another shape
   */
  take(name: string, shape: readonly number[]): Tensor;
  /** @throws UserError when a tensor was never taken: the architecture is another one */
  finish(): void;
}

/** @param architecture for messages */
export function weightsOf(state: StateDict, architecture: string): Weights {
  const taken = new Set<string>();
  return {
    has: (name) => state.has(name),
    take(name, shape) {
      const tensor = state.get(name);
      if (!tensor) throw new UserError(`the checkpoint is no ${architecture}: it has no tensor ${name}`);
      const fits =
        tensor.shape.length === shape.length && shape.every((dim, i) => dim === -1 || dim === tensor.shape[i]);
      if (!fits) {
        const wanted = shape.map((dim) => (dim === -1 ? '?' : dim));
        throw new UserError(
          `the checkpoint is no ${architecture}: ${name} has shape [${tensor.shape}], expected [${wanted}]`,
        );
      }
      taken.add(name);
      return tensor;
    },
    finish() {
      const left = [...state.keys()].filter((name) => !taken.has(name));
      if (left.length === 0) return;
      const more = left.length > 1 ? ` and ${left.length - 1} more` : '';
      throw new UserError(`the checkpoint is no ${architecture}: nothing uses its tensor ${left[0]}${more}`);
    },
  };
}
