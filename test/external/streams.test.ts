import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { trialStreams } from '../../src/coded/streams.ts';
import { type RandomStream, randomStream, sampleWithoutReplacement } from '../../src/util/random.ts';
import { drawSurvivors } from '../../src/workers/stragglers.ts';

/** Made by `scripts/golden/stream.py`, which shares no code with us. */
const text = readFileSync(new URL('../golden/stream.json', import.meta.url), 'utf8');
const golden = JSON.parse(text) as {
  streams: {
    keys: (string | number)[];
    words: number[];
    integers_below_10: number[];
    uniforms: number[];
    normals: number[];
  }[];
  trial: {
    seed: number;
    trial: number;
    images_of_10000: number[];
    late_of_100: number[];
    late_of_100_in_pattern_1: number[];
  };
};

describe('the streams, as another language draws them', () => {
  it.each(golden.streams)('of the keys $keys', ({ keys, words, integers_below_10, uniforms, normals }) => {
    const draws = (count: number, draw: (stream: RandomStream) => number) => {
      const stream = randomStream(...keys);
      return Array.from({ length: count }, () => draw(stream));
    };
    expect(draws(8, (stream) => stream.integer(2 ** 32))).toEqual(words);
    expect(draws(8, (stream) => stream.integer(10))).toEqual(integers_below_10);
    expect(draws(4, (stream) => stream.uniform())).toEqual(uniforms);
    for (const [i, value] of draws(4, (stream) => stream.normal()).entries())
      expect(value).toBeCloseTo(normals[i]!, 13);
  });

  it('the images and the late workers of a trial', () => {
    const { seed, trial, ...drawn } = golden.trial;
    const streams = trialStreams(seed, 'report', trial);
    const late = (pattern: number) => {
      const inTime = drawSurvivors('uniform', 100, 40, streams.stragglers(pattern, 100, 'uniform'));
      return Array.from({ length: 100 }, (_, worker) => worker).filter((worker) => !inTime.includes(worker));
    };
    expect(sampleWithoutReplacement(streams.batch(), 10_000, 20)).toEqual(drawn.images_of_10000);
    expect(late(0)).toEqual(drawn.late_of_100);
    expect(late(1)).toEqual(drawn.late_of_100_in_pattern_1);
  });

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)('are what the script prints', () => {
    const script = fileURLToPath(new URL('../../scripts/golden/stream.py', import.meta.url));
    // logarithms and cosines of other C libraries differ in the last bit
    const rounded = (of: typeof golden) => ({
      ...of,
      streams: of.streams.map((stream) => ({
        ...stream,
        normals: stream.normals.map((value) => value.toPrecision(13)),
      })),
    });
    expect(rounded(JSON.parse(spawnSync('python3', [script], { encoding: 'utf8' }).stdout))).toEqual(rounded(golden));
  });
});
