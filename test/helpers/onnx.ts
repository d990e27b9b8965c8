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

/** Fields of a protobuf message: [number, whole number | text | bytes | fields of a message inside]. */
type Fields = readonly (readonly [number, number | string | Uint8Array | Fields])[];

function encodeFields(fields: Fields): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(8 * number), varint(value)]);
      const bytes =
        typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : encodeFields(value);
      return Buffer.concat([varint(8 * number + 2), varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}

/**
 * An ONNX file whose graph has more than `encodeOnnx` writes: of one message twice in a row, protobuf joins the lists.
 * @param more fields of GraphProto, with the numbers of onnx.proto3
 */
export async function writeOnnxWith(path: string, graph: Graph, more: Fields): Promise<string> {
  writeFileSync(path, Buffer.concat([await encodeOnnx(graph), encodeFields([[7, more]])]));
  return path;
}

/** As a field of GraphProto: a float32 constant whose bytes lie in a file beside the model. */
export function externalConstant(name: string, dims: readonly number[], entries: Readonly<Record<string, string>>) {
  const fields: Fields = [
    ...dims.map((dim) => [1, dim] as const),
    [2, 1],
    [8, name],
    ...Object.entries(entries).map(([key, value]) => [13, [[1, key] as const, [2, value] as const]] as const),
    [14, 1],
  ];
  return [5, fields] as const;
}

/** As a field of GraphProto: a further output [n, m] of float32. */
export function furtherOutput(name: string, m: number) {
  const dims: Fields = [
    [1, [[2, 'n']]],
    [1, [[1, m]]],
  ];
  const type: Fields = [[1, [[1, 1] as const, [2, dims] as const]]];
  return [12, [[1, name] as const, [2, type] as const]] as const;
}
