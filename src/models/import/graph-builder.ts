import type { Constant, Graph, GraphNode } from './onnx-file.ts';
import type { Tensor } from './weights.ts';

type Attributes = GraphNode['attributes'];

/** Collects the nodes and constants of a graph from `input` [n, …] to `logits` [n, classes]. */
export interface GraphBuilder {
  /** Adds a node with one output and returns the output's name. */
  node(operator: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Adds a node with several outputs. */
  nodes(operator: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[];
  /** Adds a float32 constant and returns its name. */
  constant(name: string, dims: readonly number[], data: Float32Array): string;
  /** Adds an int64 vector. */
  integers(...values: number[]): string;
  /** The graph whose output is `last`. */
  finish(last: string): Graph;
}

export function graphBuilder(name: string, inputShape: readonly number[], classes: number): GraphBuilder {
  const nodes: GraphNode[] = [];
  const constants = new Map<string, Constant>();
  let values = 0;
  const builder: GraphBuilder = {
    node: (operator, inputs, attributes = {}) => builder.nodes(operator, inputs, 1, attributes)[0]!,
    nodes(operator, inputs, count, attributes = {}) {
      const outputs = Array.from({ length: count }, () => `${operator.toLowerCase()}_${values++}`);
      nodes.push({ operator, inputs, outputs, attributes });
      return outputs;
    },
    constant(constant, dims, data) {
      constants.set(constant, { name: constant, dims, data });
      return constant;
    },
    integers(...numbers) {
      const constant = `int64_${numbers.join('_').replaceAll('-', 'm')}`;
      constants.set(constant, { name: constant, dims: [numbers.length], data: BigInt64Array.from(numbers, BigInt) });
      return constant;
    },
    finish(last) {
      return {
        name,
        input: { name: 'input', shape: ['n', ...inputShape] },
        output: { name: 'logits', shape: ['n', classes] },
        nodes: nodes.map((node) => (node.outputs[0] === last ? { ...node, outputs: ['logits'] } : node)),
        constants: [...constants.values()],
      };
    },
  };
  return builder;
}

/** Mean and standard deviation of each channel, in the units of pixel / 255. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** `(x - mean) / std` by channel of x [n, channels, h, w]. */
export function normalise(graph: GraphBuilder, x: string, { mean, std }: Normalisation): string {
  const dims = [1, mean.length, 1, 1];
  const centred = graph.node('Sub', [x, graph.constant('mean', dims, Float32Array.from(mean))]);
  return graph.node('Div', [centred, graph.constant('std', dims, Float32Array.from(std))]);
}

/** The fully connected layer `x · weightᵀ + bias` of x [n, inputs], weight [outputs, inputs]. */
export function linear(graph: GraphBuilder, x: string, name: string, weight: Tensor, bias: Tensor): string {
  const inputs = [
    x,
    graph.constant(`${name}.weight`, weight.shape, weight.data),
    graph.constant(`${name}.bias`, bias.shape, bias.data),
  ];
  return graph.node('Gemm', inputs, { transB: 1 });
}
