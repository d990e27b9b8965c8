import { onnxModelType } from '../onnx-messages.ts';

/** A float32 or int64 constant of a graph, row-major. */
export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

type Attribute = number | string | readonly number[] | { readonly float: number };

/** One node: `outputs = operator(inputs)`. An attribute that is a float, even a whole one, is `{float: x}`. */
export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph with one float32 input and one float32 output; a named axis is free. */
export interface Graph {
  readonly name: string;
  readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
  readonly output: { readonly name: string; readonly shape: readonly (number | string)[] };
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
}

const opset = 17;
const irVersion = 8;
const elementType = { float: 1, int64: 7 } as const;
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The bytes of an ONNX file (opset 17, IR version 8) for a graph. */
export async function encodeOnnx(graph: Graph): Promise<Uint8Array> {
  const ModelProto = await onnxModelType();
  return ModelProto.encode(
    ModelProto.fromObject({
      irVersion,
      producerName: 'approxifer',
      opsetImport: [{ domain: '', version: opset }],
      graph: {
        name: graph.name,
        node: graph.nodes.map((node) => ({
          opType: node.operator,
          name: node.outputs[0],
          input: node.inputs,
          output: node.outputs,
          attribute: Object.entries(node.attributes).map(([name, value]) => ({ name, ...attribute(value) })),
        })),
        initializer: graph.constants.map(({ name, dims, data }) => ({
          name,
          dims,
          dataType: data instanceof Float32Array ? elementType.float : elementType.int64,
          rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        })),
        input: [valueInfo(graph.input)],
        output: [valueInfo(graph.output)],
      },
    }),
  ).finish();
}

function attribute(value: Attribute) {
  if (typeof value === 'number') return { type: attributeType.int, i: value };
  if (typeof value === 'string') return { type: attributeType.string, s: Buffer.from(value) };
  if ('float' in value) return { type: attributeType.float, f: value.float };
  return { type: attributeType.ints, ints: value };
}

function valueInfo({ name, shape }: Graph['input']) {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementType.float, shape: { dim } } } };
}
