import { expect, test } from 'vitest';

/** What this test uses of `scripts/fuzz-configs.js`, which works on the built program. */
interface Fuzzer {
  fuzz(
    seed: number,
    count: number,
    report: (line: string, text: string) => void,
    mostSeconds?: number,
  ): Promise<{ readonly tried: number; readonly refused: number; readonly broken: number }>;
}

test('mutated configs neither crash, hang nor are refused without a place', { timeout: 120_000 }, async () => {
  const script = new URL('../../scripts/fuzz-configs.js', import.meta.url).href;
  const { fuzz } = (await import(script)) as Fuzzer;
  const broken: string[] = [];
  const { tried, refused } = await fuzz(7, 400, (line, text) => broken.push(`${line}\n${text}`), 8);
  expect(broken).toEqual([]);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(tried); // some stay valid
});
