// Compiles the .wat files into TypeScript modules beside them; with --check, only says whether those are up to date.
// Usage: node scripts/build-wasm.js [--check]
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const { parseWat } = await wabt();
for (const name of ['math/gemm', 'codecs/spline']) {
  const file = name.split('/')[1];
  const target = new URL(`../src/${name}-wasm.ts`, import.meta.url);
  const source = await readFile(new URL(`../src/${name}.wat`, import.meta.url), 'utf8');
  const { buffer } = parseWat(`${file}.wat`, source, { simd: true, bulk_memory: true }).toBinary({});
  const text = [
    `/** ${file}.wat, compiled and in base64: made by scripts/build-wasm.js, not to be edited. */`,
    `export const ${file}Wasm =`,
    `  '${Buffer.from(buffer).toString('base64')}';`,
    '',
  ].join('\n');
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if ((await readFile(target, 'utf8')) !== text) {
    console.error(`src/${name}-wasm.ts is not what ${file}.wat compiles to; run \`node scripts/build-wasm.js\``);
    process.exitCode = 1;
  }
}
