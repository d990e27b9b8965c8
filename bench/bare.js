// The bare inferences of a run: LeNet5 through onnxruntime-node in one single-threaded loop, nothing else.
// usage: node bench/bare.js TRIALS BATCH [BATCH …]   (points of each call of a trial)
process.env.ORT_DISABLE_TELEMETRY = '1'; // read when the library is loaded
const { default: ort } = await import('onnxruntime-node');

const [trials, ...batches] = process.argv.slice(2).map(Number);
const session = await ort.InferenceSession.create(new URL('../models/lenet5-mnist.onnx', import.meta.url).pathname, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
});
const points = new Float32Array(Math.max(...batches) * 784).map((_, i) => (i % 256) / 255);
for (let trial = 0; trial < trials; trial++) {
  for (const count of batches) {
    await session.run({ input: new ort.Tensor('float32', points.subarray(0, count * 784), [count, 1, 28, 28]) });
  }
}
