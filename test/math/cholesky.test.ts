import { describe, expect, it } from 'vitest';
import { choleskySolveLower, compressColumns, logDeterminant, solveUpper } from '../../src/math/cholesky.ts';
import { betweenContrasts, fromContrasts, toContrasts } from '../../src/math/contrasts.ts';
import { matrixOf, multiply, rowsOf } from '../codecs/arrays.ts';

// A = L·Lᵀ with L = [[2,0,0],[1,3,0],[-1,2,1]]
const A = [4, 2, -2, 2, 10, 5, -2, 5, 6];

describe('Cholesky factorisation', () => {
  it('gives the factor, solves for rows and knows the determinant', () => {
    const L = Float64Array.from(A);
    const rows = Float64Array.from([4, 8, 3, 0, 3, 3]);
    expect(choleskySolveLower(L, 3, rows)).toBe(true);
    expect([L[0], L[3], L[4], L[6], L[7], L[8]]).toEqual([2, 1, 3, -1, 2, 1]);
    expect([...rows]).toEqual([2, 2, 1, 0, 1, 1]);
    expect(logDeterminant(L, 3)).toBeCloseTo(Math.log(36), 14);
    solveUpper(L, 3, rows);
    const solved = rowsOf(
      multiply(
        matrixOf([[...rows.slice(0, 3)], [...rows.slice(3)]]),
        matrixOf([A.slice(0, 3), A.slice(3, 6), A.slice(6)]),
      ),
    );
    for (const [i, value] of [4, 8, 3, 0, 3, 3].entries()) expect(solved.flat()[i]).toBeCloseTo(value, 12);
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(choleskySolveLower(Float64Array.from([1, 2, 2, 1]), 2, new Float64Array())).toBe(false);
    expect(choleskySolveLower(Float64Array.from([Number.NaN]), 1, new Float64Array())).toBe(false);
  });
});

describe('compressed columns', () => {
  it('keep the inner products of rows, also of rank-deficient and zero ones', () => {
    const Y = matrixOf([
      [1, 2, 3, 4, 5],
      [2, 4, 6, 8, 10],
      [0, 0, 0, 0, 0],
      [1, 0, -1, 0, 2],
    ]);
    const C = compressColumns(Y);
    expect(C.columns).toBe(4);
    const gram = (M: typeof Y) =>
      rowsOf(M).map((a) => rowsOf(M).map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)));
    for (const [i, row] of gram(Y).entries()) {
      for (const [j, value] of row.entries()) expect(gram(C)[i]![j]).toBeCloseTo(value, 11);
    }
  });

  it('are the columns themselves when there are few', () => {
    const Y = matrixOf([[1], [2]]);
    expect(compressColumns(Y)).toBe(Y);
  });
});

describe('contrasts', () => {
  const V = matrixOf([
    [2, 0.5, 0.1, 0.3],
    [0.5, 1, 0, 0.2],
    [0.1, 0, 3, 1],
    [0.3, 0.2, 1, 4],
  ]);

  it('vanish on constants and come back as rows summing to zero', () => {
    for (const value of toContrasts(matrixOf([[3, 3, 3, 3]])).data) expect(value).toBeCloseTo(0, 14);
    const back = rowsOf(fromContrasts(toContrasts(matrixOf([[1, 2, 3, 10]]))))[0]!;
    for (const [i, value] of [-3, -2, -1, 6].entries()) expect(back[i]).toBeCloseTo(value, 13);
  });

  it('transform a symmetric matrix so that it equals P·V·Pᵀ of the doubly centred matrix', () => {
    const centred = fromContrasts(toContrasts(V)); // V·(I - 11ᵀ/n)
    const trace = rowsOf(centred).reduce((sum, row, i) => sum + row[i]!, 0);
    const M = rowsOf(betweenContrasts(V));
    expect(M.reduce((sum, row, i) => sum + row[i]!, 0)).toBeCloseTo(trace, 12); // the trace is kept by P
    expect(M[0]![1]).toBeCloseTo(M[1]![0]!, 14);
  });
});
