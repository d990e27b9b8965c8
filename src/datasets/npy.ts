import { UserError } from '../util/errors.ts';
import { readUserFile, sha256 } from '../util/files.ts';
import type { Dataset } from './dataset.ts';

type Values = Float32Array | Float64Array | Uint8Array | Int8Array | Int16Array | Int32Array | BigInt64Array;

/** A NumPy array, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Values;
}

const constructors: Readonly<Record<string, new (buffer: ArrayBuffer) => Values>> = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '|u1': Uint8Array,
  '|i1': Int8Array,
  '<i2': Int16Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
};

/**
 * Reads the .npy format (versions 1 to 3) for little-endian numbers in C order.
 * @param path the file's name, for messages
 * @throws UserError when it is not .npy, truncated, in Fortran order or of another type
 */
export function parseNpy(bytes: Uint8Array, path: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
  if (bytes.length < 12 || !magic.every((byte, i) => bytes[i] === byte))
    throw new UserError(`${path} is not a .npy file`);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const dims = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || dims === undefined)
    throw new UserError(`${path} is not a .npy file: its header is broken`);
  if (/'fortran_order':\s*True/.test(header)) {
    throw new UserError(`${path} is in Fortran order; save it with numpy.ascontiguousarray`);
  }
  const construct = constructors[descr];
  if (!construct) {
    throw new UserError(`${path} holds numbers of type ${descr}; read are ${Object.keys(constructors).join(', ')}`);
  }
  const shape = dims.split(',').flatMap((dim) => (dim.trim() ? [Number(dim)] : []));
  const size = shape.reduce((product, dim) => product * dim, 1) * Number(descr.slice(2));
  const from = start + length;
  if (bytes.length !== from + size) {
    const what = bytes.length < from + size ? 'truncated' : 'too long';
    throw new UserError(`${path} is ${what}: ${bytes.length} bytes, its header asks for ${from + size}`);
  }
  // a copy, since typed arrays must begin at a multiple of their element's size
  return { shape, data: new construct(new Uint8Array(bytes.subarray(from)).buffer) };
}

/**
 * Opens `{npy: points, labels: labels}`: points [n, …] (floats as they are, bytes as pixel / 255) and integer labels [n].
 * @param name what results call it
 * @throws UserError when a file is missing, broken, or the two do not fit together
 */
export async function openNpy(pointsPath: string, labelsPath: string, name = pointsPath): Promise<Dataset> {
  const [pointBytes, labelBytes] = await Promise.all([
    readUserFile(pointsPath, 'point file'),
    readUserFile(labelsPath, 'label file'),
  ]);
  const points = parseNpy(pointBytes, pointsPath);
  const labels = parseNpy(labelBytes, labelsPath);
  const [count, ...shape] = points.shape;
  if (count === undefined || shape.length === 0) {
    throw new UserError(`${pointsPath} has shape [${points.shape}]; points need shape [n, …]`);
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new UserError(
      `${labelsPath} has shape [${labels.shape}]; the ${count} points need labels of shape [${count}]`,
    );
  }
  const classes = Array.from(labels.data, Number);
  const wrong = classes.findIndex((label) => !Number.isInteger(label) || label < 0);
  if (wrong >= 0) throw new UserError(`${labelsPath}: label ${wrong} is ${classes[wrong]}, not a class 0, 1, …`);
  const data = points.data;
  if (data instanceof BigInt64Array)
    throw new UserError(`${pointsPath} holds 64-bit integers; points are floats or bytes`);
  const scale = data instanceof Uint8Array ? 255 : 1;
  const size = shape.reduce((product, dim) => product * dim, 1);
  return {
    name,
    length: count,
    shape,
    sha256: sha256(`${sha256(pointBytes)}\n${sha256(labelBytes)}\n`),
    label: (index) => classes[index]!,
    async read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const from = indices[i]! * size;
        for (let j = 0; j < size; j++) out[i * size + j] = data[from + j]! / scale;
      }
    },
  };
}
