/** Element types of float tensors in checkpoints: size in bytes, and conversion of `count` little-endian elements. */
export interface ElementType {
  readonly size: number;
  decode(bytes: Uint8Array): Float32Array;
}

/** A copy, since typed arrays must begin at a multiple of their element's size. */
const aligned = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

export const float32: ElementType = { size: 4, decode: (bytes) => new Float32Array(aligned(bytes)) };
export const float64: ElementType = { size: 8, decode: (bytes) => Float32Array.from(new Float64Array(aligned(bytes))) };
export const float16: ElementType = {
  size: 2,
  decode: (bytes) => Float32Array.from(new Uint16Array(aligned(bytes)), halfToNumber),
};
export const bfloat16: ElementType = {
  size: 2,
  decode(bytes) {
    const halves = new Uint16Array(aligned(bytes));
    return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  },
};

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
