import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../helpers/folder.ts';

const script = fileURLToPath(new URL('./train-stripes.js', import.meta.url));

function files(out: string): string[] {
  return existsSync(out) ? readdirSync(out, { recursive: true, encoding: 'utf8' }).sort() : [];
}

test('a training that is killed goes on to the same bytes and leaves nothing behind', {
  timeout: 180_000,
}, async () => {
  const folder = temporaryFolder();
  const [whole, killed] = [path.join(folder, 'whole'), path.join(folder, 'killed')];
  const [code] = await once(spawn(process.execPath, [script, whole], { stdio: 'inherit' }), 'exit');
  expect(code).toBe(0);

  // whenever a file appears or changes that no earlier kill followed
  const seen = new Set<string>();
  const news = () =>
    files(killed)
      .filter((name) => /checkpoints.*json$|csv$|onnx$/.test(name))
      .map((name) => `${name} ${statSync(path.join(killed, name), { throwIfNoEntry: false })?.size ?? 0}`)
      .find((state) => !seen.has(state));
  let kills = 0;
  for (let done = false; !done; ) {
    const child = spawn(process.execPath, [script, killed], { stdio: 'inherit' });
    const exit = once(child, 'exit');
    const timer = setInterval(() => {
      const state = news();
      if (state === undefined || kills >= 8) return;
      seen.add(state);
      kills++;
      child.kill('SIGKILL');
    }, 2);
    const [result] = await exit;
    clearInterval(timer);
    done = result === 0;
  }
  expect(kills).toBeGreaterThan(2);
  expect(files(killed)).toEqual(files(whole));
  for (const name of files(whole)) {
    const file = path.join(whole, name);
    if (name === 'manifest.json' || statSync(file).isDirectory()) continue;
    expect(readFileSync(path.join(killed, name)).equals(readFileSync(file)), name).toBe(true);
  }
});
