import { afterEach, describe, expect, it, vi } from 'vitest';
import { gemmWasm } from '../../src/math/gemm-wasm.ts';
import { instantiate } from '../../src/math/wasm.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('instantiate', () => {
  it('gives the exports of a module', () => {
    expect(Object.keys(instantiate<object>(gemmWasm)!)).toEqual(['memory', 'sgemm']);
  });

  it('gives null for what this machine cannot run, and where there is no WebAssembly', () => {
    expect(instantiate('AGFzbQ==')).toBeNull(); // a header without a version
    vi.stubGlobal('WebAssembly', undefined);
    expect(instantiate(gemmWasm)).toBeNull();
  });

  it('leaves encoding and decoding to plain TypeScript there', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules(); // kernels are loaded once
    const { encodePoints } = await import('../../src/math/gemm.ts');
    const { smoothingSpline } = await import('../../src/codecs/smoothing-spline.ts');
    const out = new Float32Array(2);
    encodePoints({ rows: 1, columns: 2, data: Float64Array.of(2, 3) }, Float32Array.of(1, 10, 100, 1000), 2, out);
    expect([...out]).toEqual([302, 3020]);
    const [value] = smoothingSpline([0, 1, 2], [0.5], 0).apply(Float64Array.of(0, 1, 0), 1);
    expect(value).toBeCloseTo(0.6875, 14); // the natural spline through (0,0), (1,1), (2,0) is (3t - t³)/2 on [0, 1]
  });
});
