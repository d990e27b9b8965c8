// Preload (node --import) for kill tests: the process kills itself before its KILL_AT-th call (1 …) that changes files.
// KILL_CALLS names the calls that count, separated by commas; default: all that make, move, fill or remove something.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const all = 'renameSync,rmSync,mkdirSync,writeFileSync,copyFileSync,linkSync,writeSync,ftruncateSync,cpSync';
let left = Number(process.env.KILL_AT ?? 0);
if (left > 0) {
  for (const name of (process.env.KILL_CALLS ?? all).split(',')) {
    const original = fs[name];
    fs[name] = (...words) => {
      if (--left === 0) process.kill(process.pid, 'SIGKILL');
      return original(...words);
    };
  }
  syncBuiltinESMExports();
}
