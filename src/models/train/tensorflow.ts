import type { Conv2DBackpropFilterAttrs, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { startTfjs } from '../tfjs.ts';

/** TensorFlow.js, ready to train. */
export interface Tensorflow {
  readonly tf: typeof import('@tensorflow/tfjs-core');
  readonly layers: typeof import('@tensorflow/tfjs-layers');
  /** `tfjs-node 4.22.0` or `tfjs-wasm 4.22.0`. */
  readonly runtime: string;
}

let started: Promise<Tensorflow> | undefined;

/** TensorFlow.js with its layers; the WebAssembly backend gets the kernel that it lacks. */
export function startTensorflow(): Promise<Tensorflow> {
  started ??= (async () => {
    const { tf, runtime } = await startTfjs();
    if (tf.getBackend() === 'wasm') registerFilterGradient(tf);
    return { tf, layers: await import('@tensorflow/tfjs-layers'), runtime };
  })();
  return started;
}

/**
 * Registers `Conv2DBackpropFilter`, which the WebAssembly backend does not have:
 * `dW[h, w, i, o] = Σ_{n, y, x} X[n, y+h, x+w, i]·dY[n, y, x, o]`. The shifted windows of X become the columns of one matrix
 * product. Stride 1 without padding, as the networks here use.
 */
function registerFilterGradient(tf: Tensorflow['tf']): void {
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc({ inputs, attrs }) {
      const [X, dY] = [inputs.x as Tensor4D, inputs.dy as Tensor4D];
      const { strides, pad, filterShape } = attrs as object as Conv2DBackpropFilterAttrs;
      if ([strides].flat().some((stride) => stride !== 1) || (pad !== 'valid' && pad !== 0)) {
        throw new Error('the filter gradient here is for stride 1 without padding');
      }
      return tf.tidy(() => {
        const [h, w, from, to] = filterShape;
        const [n, rows, columns] = dY.shape;
        const windows: Tensor[] = [];
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) windows.push(tf.slice(X, [0, y, x, 0], [n, rows, columns, from]));
        }
        const patches = tf.reshape(tf.concat(windows, 3), [n * rows * columns, h * w * from]);
        const gradient = tf.matMul(patches, tf.reshape(dY, [n * rows * columns, to]), true, false);
        return tf.reshape(gradient, filterShape);
      });
    },
  });
}
