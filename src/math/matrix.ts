/** A dense row-major matrix of doubles: element (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/**
 * A matrix over `data`, or of zeros.
 * @param data row-major, `rows * columns` numbers; not copied
 * @throws RangeError when the length does not fit
 */
export function matrix(rows: number, columns: number, data: Float64Array = new Float64Array(rows * columns)): Matrix {
  if (data.length !== rows * columns)
    throw new RangeError(`${data.length} numbers do not fill a ${rows} x ${columns} matrix`);
  return { rows, columns, data };
}
