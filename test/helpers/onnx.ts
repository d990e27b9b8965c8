import { writeFileSync } from 'node:fs';
import { encodeOnnx, type Graph } from '../../src/models/import/onnx-file.ts';

/** A model `logits = flatten(input) · weights`, weights [D, m] row-major. */
export function linearGraph(shape: readonly number[], outputs: number, weights: ArrayLike<number>): Graph {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return {
    name: 'linear',
    input: { name: 'input', shape: ['n', ...shape] },
    output: { name: 'logits', shape: ['n', outputs] },
    nodes: [
      { operator: 'Flatten', inputs: ['input'], outputs: ['flat'], attributes: { axis: 1 } },
      { operator: 'MatMul', inputs: ['flat', 'weights'], outputs: ['logits'], attributes: {} },
    ],
    constants: [{ name: 'weights', dims: [size, outputs], data: Float32Array.from(weights) }],
  };
}

export async function writeOnnx(path: string, graph: Graph): Promise<string> {
  writeFileSync(path, await encodeOnnx(graph));
  return path;
}
