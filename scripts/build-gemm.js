// Compiles src/math/gemm.wat into src/math/gemm-wasm.ts; with --check, only says whether that file is up to date.
// Usage: node scripts/build-gemm.js [--check]
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const target = new URL('../src/math/gemm-wasm.ts', import.meta.url);
const source = await readFile(new URL('../src/math/gemm.wat', import.meta.url), 'utf8');
const { buffer } = (await wabt()).parseWat('gemm.wat', source, { simd: true }).toBinary({});
const text = [
  '/** gemm.wat, compiled and in base64: made by scripts/build-gemm.js, not to be edited. */',
  'export const gemmWasm =',
  `  '${Buffer.from(buffer).toString('base64')}';`,
  '',
].join('\n');

if (!process.argv.includes('--check')) await writeFile(target, text);
else if ((await readFile(target, 'utf8')) !== text) {
  console.error('src/math/gemm-wasm.ts is not what gemm.wat compiles to; run `node scripts/build-gemm.js`');
  process.exitCode = 1;
}
