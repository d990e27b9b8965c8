import { expect, test } from 'vitest';
import { trialStreams } from '../../src/coded/streams.ts';
import { sampleWithoutReplacement } from '../../src/util/random.ts';
import { hasNumPy, python } from '../helpers/python.ts';

/** The images of a trial without any of our code. */
const redone = `
import hashlib, json, struct, sys
def stream(*keys):
    digest = hashlib.sha256(json.dumps(keys, separators=(',', ':')).encode()).digest()
    s01, s00, s11, s10 = struct.unpack('<4I', digest[:16])
    s = [s01 << 32 | s00, s11 << 32 | s10]
    M = (1 << 64) - 1
    rot = lambda x, k: (x << k | x >> (64 - k)) & M
    def step():
        a, b = s
        out = (a + b) & M
        b ^= a
        s[0], s[1] = rot(a, 24) ^ b ^ (b << 16) & M, rot(b, 37)
        return out & 0xffffffff
    def integer(bound):
        limit = (1 << 32) - (1 << 32) % bound
        while True:
            word = step()
            if word < limit:
                return word % bound
    return integer
integer = stream(1, 'report', 17, 'batch')
moved, drawn, size = {}, [], 10000
for i in range(20):
    j = i + integer(size - i)
    drawn.append(moved.get(j, j))
    moved[j] = moved.get(i, i)
print(json.dumps(drawn))
`;

/** Golden: seed 1, trial 17, MNIST's 10,000 images. */
const first = [5506, 880, 5442, 4740, 5071, 7481, 60, 2130, 2938];

test('the images of trial 17 with seed 1', () => {
  const drawn = sampleWithoutReplacement(trialStreams(1, 'report', 17).batch(), 10_000, 20);
  expect(drawn.slice(0, first.length)).toEqual(first);
});

test.skipIf(!hasNumPy)('a reviewer can redo the stream of a trial in another language', () => {
  const drawn = sampleWithoutReplacement(trialStreams(1, 'report', 17).batch(), 10_000, 20);
  expect(JSON.parse(python(redone))).toEqual(drawn);
});
