import { expect, test } from 'vitest';
import { modelsByName } from '../../../src/kinds/inference/session.ts';

test('models of one name are all in the identity of a run', () => {
  const model = (name: string, digit: string) => ({ name, sha256: digit.repeat(64) });
  const models = [model('cnn.onnx', 'a'), model('cnn.onnx', 'b'), model('parity.onnx', 'c'), model('cnn.onnx', 'd')];
  const named = modelsByName([...models, model('cnn.onnx', 'b'), model('cnn.onnx', 'a')]);
  expect([...named].map(([name, { sha256 }]) => [name, sha256[0]])).toEqual([
    ['cnn.onnx', 'a'],
    ['cnn.onnx (bbbbbbbbbbbb)', 'b'],
    ['parity.onnx', 'c'],
    ['cnn.onnx (dddddddddddd)', 'd'],
  ]);
});
