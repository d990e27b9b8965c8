// A worker that takes units of this folder: for queue.js.
const [{ workFor }, { queueAddress }] = await Promise.all(
  ['worker', 'connection'].map((name) => import(new URL(`../dist/runs/queue/${name}.js`, import.meta.url).href)),
);
const never = new AbortController().signal;
await workFor(queueAddress(process.argv[2], {}), {
  threads: 1,
  signal: never,
  leave: never,
  onNotice() {},
  admit: async () => ({ adapt: (spec) => spec }),
  root: new URL('./', import.meta.url).href,
});
