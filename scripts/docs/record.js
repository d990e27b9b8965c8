// Records a real session in a terminal and draws it as an animated SVG: node scripts/docs/record.js (needs `npm run build`, and
// `script` of util-linux for the terminal). Waiting is shortened so that the whole lasts about 20 seconds.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Terminal } from './terminal.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [columns, rows, seconds] = [100, 19, 20];
const folder = mkdtempSync(path.join(tmpdir(), 'approxifer-recording-'));
/** What is shown as typed, and what is run: the same command with a folder of its own. */
const session = [
  ['npx approxifer run quickstart', `node bin/approxifer.js run quickstart --out ${folder}/quickstart`],
  [
    'npx approxifer check results/runs/quickstart --against quickstart',
    `node bin/approxifer.js check ${folder}/quickstart --against quickstart`,
  ],
];

/** What a command writes to its terminal, with the seconds since its start. @returns {Promise<{ time: number, text: string }[]>} */
function record(command) {
  return new Promise((resolve, reject) => {
    const start = Date.now();
    const events = [];
    const child = spawn('script', ['-qfec', `stty cols ${columns} rows ${rows}; ${command}`, '/dev/null'], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', TERM: 'xterm' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      events.push({ time: (Date.now() - start) / 1000, text: text.replaceAll(`${folder}/`, 'results/runs/') });
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(events) : reject(new Error(`${command}: exit code ${code}`))));
  });
}

const terminal = new Terminal();
/** @type {{ time: number, lines: string[] }[]} */
const frames = [];
let clock = 0;
const show = (time) => {
  const lines = terminal.screen(rows);
  const last = frames.at(-1);
  if (last && JSON.stringify(last.lines) === JSON.stringify(lines)) return;
  if (last && time - last.time < 0.1) frames.pop();
  frames.push({ time: last && time - last.time < 0.1 ? last.time : time, lines });
};
for (const [typed, command] of session) {
  terminal.write('$ ');
  for (const letter of typed) {
    terminal.write(letter);
    clock += 0.02;
    show(clock);
  }
  terminal.write('\n');
  const events = await record(command);
  const length = Math.max(...events.map(({ time }) => time), 0.1);
  // a run of a minute becomes a run of nine seconds
  const scale = Math.min(1, 9 / length);
  for (const { time, text } of events) {
    terminal.write(text);
    show(clock + time * scale);
  }
  clock += length * scale + 1.5;
}
rmSync(folder, { recursive: true });
const total = Math.max(clock + 3, seconds - 2);

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const [lineHeight, letter] = [17, 7.83];
const percent = (time) => `${((100 * time) / total).toFixed(2)}%`;
const styles = frames.map(({ time }, i) => {
  const end = frames[i + 1]?.time;
  if (end === undefined) return `@keyframes f${i}{0%{opacity:0}${percent(time)}{opacity:1}}`;
  return `@keyframes f${i}{0%{opacity:0}${percent(time)}{opacity:1}${percent(end)}{opacity:0}}#f${i}{opacity:0}`;
});
const groups = frames.map(({ lines }, i) => {
  const texts = lines.map((text, row) =>
    text
      ? `<text x="14" y="${44 + row * lineHeight}" xml:space="preserve" textLength="${(text.length * letter).toFixed(1)}">${escaped(text)}</text>`
      : '',
  );
  return `<g id="f${i}" style="animation-name:f${i}">${texts.join('')}</g>`;
});
const [width, height] = [Math.ceil(columns * letter) + 28, rows * lineHeight + 50];
writeFileSync(
  path.join(root, 'docs/pictures/terminal.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" fill="#e6e6e6"><style>g{animation:${total.toFixed(1)}s step-end infinite}${styles.join('')}@media (prefers-reduced-motion:reduce){g{animation:none}}</style><rect width="100%" height="100%" rx="8" fill="#1d2430"/><g style="animation:none" fill="#d66"><circle cx="18" cy="14" r="5"/></g>${groups.join('\n')}</svg>\n`,
);
console.log(`${frames.length} frames, ${total.toFixed(1)} s`);
