import { UserError } from '../util/errors.ts';
import { quotable } from '../util/untrusted.ts';

/** A layer of a TensorFlow.js layers model; its config is changed in place. */
interface Layer {
  readonly name?: unknown;
  class_name?: unknown;
  config?: LayerConfig;
  /** One list for each call of the layer, of [name of a layer, number of its call, number of its output, options]. */
  readonly inbound_nodes?: unknown;
}

/** Most layers of a model that are read: to put them into order takes a time that grows with the square of their number. */
const mostLayers = 10_000;

/** `layers` and `output_layers` (lists of [name, number of its call, number of its output]) of a model as a layer. */
interface LayerConfig {
  readonly name?: unknown;
  activation?: unknown;
  readonly axis?: unknown;
  readonly layers?: unknown;
  readonly output_layers?: unknown;
}

/**
 * Makes the topology of a layers model one that TensorFlow.js loads, and whose outputs are logits: a softmax at its end is
 * taken off. A graph model stays as it is.
 * @param topology `modelTopology` of model.json; changed in place
 * @throws UserError when layers are missing, double or without input: TensorFlow.js would look for them for ever
 */
export function prepareTopology(topology: Record<string, unknown>, path: string): void {
  // Keras wraps {class_name, config} in model_config, TensorFlow.js does not
  const { config } = (topology.model_config ?? topology) as { config?: unknown };
  const layers = layersOf(config);
  if (layers.length === 0) return;
  checkInputs(layers, path);
  removeSoftmax(config);
}

/** The layers of a model: of a sequential one, its config may be the list itself. */
function layersOf(config: unknown): Layer[] {
  if (isLayers(config)) return config;
  const inside = (config as LayerConfig | null | undefined)?.layers;
  return isLayers(inside) ? inside : [];
}

function isLayers(value: unknown): value is Layer[] {
  return Array.isArray(value) && value.every((layer) => typeof layer === 'object' && layer !== null);
}

/**
 * Checks that the calls of layers can be put into an order: TensorFlow.js looks for an input that no layer gives for ever.
 * @throws UserError that names the first layer whose input is missing
 */
function checkInputs(layers: readonly Layer[], path: string): void {
  if (layers.length > mostLayers) throw new UserError(`model ${path} has more than ${mostLayers} layers`);
  const calls = new Map<unknown, number>();
  let waiting: { name: unknown; inputs: readonly unknown[][] }[] = [];
  for (const { name, inbound_nodes: nodes, config } of layers) {
    const inner = layersOf(config);
    checkInputs(inner, path);
    if (!Array.isArray(nodes)) continue; // of a sequential model
    if (calls.has(name)) throw new UserError(`model ${path} has two layers named ${quotable(String(name))}`);
    // a model as a layer was called once already, to be a model, and Keras counts that; so was an input
    calls.set(name, nodes.length === 0 || inner.length > 0 ? 1 : 0);
    for (const node of nodes) waiting.push({ name, inputs: inputsOf(node) });
  }
  while (waiting.length > 0) {
    const rest = waiting.filter(({ name, inputs }) => {
      if (!inputs.every(([from, call]) => Number(call) < (calls.get(from) ?? 0))) return true;
      calls.set(name, calls.get(name)! + 1);
      return false;
    });
    if (rest.length === waiting.length) {
      throw new UserError(`model ${path} has no input for its layer ${quotable(String(rest[0]!.name))}`);
    }
    waiting = rest;
  }
}

function inputsOf(node: unknown): unknown[][] {
  return Array.isArray(node) ? node.filter((input) => Array.isArray(input)) : [];
}

/** Layers after which a row of probabilities is the same row: some do something in training only. */
const passing: readonly unknown[] = [
  'Reshape',
  'Flatten',
  'Dropout',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
];

function passes({ class_name, config }: Layer): boolean {
  return passing.includes(class_name) || (class_name === 'Activation' && config?.activation === 'linear');
}

/** Layers that apply their `activation` to what they give (those with a state apply it inside). */
const activated: readonly unknown[] = [
  'Activation',
  'Dense',
  'Conv1D',
  'Conv2D',
  'Conv2DTranspose',
  'Conv3D',
  'Conv3DTranspose',
  'SeparableConv2D',
  'DepthwiseConv2D',
];

/**
 * Makes the softmax at the end of a model linear: a softmax activation, an Activation or a Softmax layer, at the end of a
 * sequential or functional model or of a model that is its last layer.
 * @param config of the model
 */
function removeSoftmax(config: unknown): void {
  const layers = layersOf(config);
  const outputs = (config as LayerConfig).output_layers;
  let last = Array.isArray(outputs) ? outputLayer(outputs, layers) : layers.at(-1);
  while (last && passes(last)) {
    last = Array.isArray(outputs) ? layerBefore(last, layers) : layers[layers.indexOf(last) - 1];
  }
  if (!last) return;
  if (layersOf(last.config).length > 0) removeSoftmax(last.config);
  else if (last.class_name === 'Softmax' && isOverOutputs(last.config?.axis)) {
    last.class_name = 'Activation';
    last.config = { ...last.config, activation: 'linear' };
  } else if (activated.includes(last.class_name) && isSoftmax(last.config?.activation)) {
    last.config!.activation = 'linear';
  }
}

/** Whether a softmax over this axis of [n, m] is one of each row. */
function isOverOutputs(written: unknown): boolean {
  const axis = Array.isArray(written) && written.length === 1 ? written[0] : written;
  return axis === undefined || axis === null || axis === -1 || axis === 1;
}

function isSoftmax(activation: unknown): boolean {
  const name = (activation as { class_name?: unknown } | null | undefined)?.class_name ?? activation;
  return typeof name === 'string' && name.toLowerCase() === 'softmax';
}

/** The layer whose output is that of a functional model; undefined where there are several, or others use its output too. */
function outputLayer(outputs: readonly unknown[], layers: readonly Layer[]): Layer | undefined {
  const [first] = outputs;
  if (!Array.isArray(first)) return soleUse(first, layers, 0); // Keras 3 writes one output without a list around it
  return outputs.length === 1 ? soleUse(first[0], layers, 0) : undefined;
}

/** The layer of a functional model that gives the input of another; undefined where it gives that of more. */
function layerBefore(layer: Layer, layers: readonly Layer[]): Layer | undefined {
  const inputs = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes.flatMap(inputsOf) : [];
  return inputs.length === 1 ? soleUse(inputs[0]![0], layers, 1) : undefined;
}

/** The layer of a name, when it is called once and `uses` layers take its output. */
function soleUse(name: unknown, layers: readonly Layer[], uses: number): Layer | undefined {
  const layer = layers.find((candidate) => (candidate.name ?? candidate.config?.name) === name);
  const nodes = layer?.inbound_nodes;
  const inputs = layers.flatMap(({ inbound_nodes: calls }) => (Array.isArray(calls) ? calls.flatMap(inputsOf) : []));
  const once = Array.isArray(nodes) && nodes.length === 1;
  return once && inputs.filter(([from]) => from === name).length === uses ? layer : undefined;
}
