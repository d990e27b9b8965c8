/** The library surface of approxifer: codecs as pure functions. */
export type { Matrix } from './math/matrix.ts';
