import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawRun as writeFigures } from '../../src/cli/draw.ts';
import { loadConfig } from '../../src/cli/load.ts';
import { configDocument } from '../../src/config/load.ts';
import { kindNames } from '../../src/kinds/registry.ts';
import { parseTarget } from '../../src/tables/recommend.ts';
import { packageRoot } from '../../src/util/folders.ts';
import { manifest, summaryRow, writeRun } from '../helpers/run.ts';

function sweep(): string {
  const rows = [10, 20, 30].flatMap((N) =>
    ['BACC', 'NeRCC0'].map((scheme, i) =>
      summaryRow(
        { scheme, N, S: 5 },
        { mse: [30 / N + i, 31 / N + i, 32 / N + i], relacc: [0.9 + N / 300, 0.99, 0.995 + i / 1000] },
      ),
    ),
  );
  const config = { ...manifest().config, note: '<script>alert("x")</script> & </pre>' };
  return writeRun(rows, manifest({ config }));
}

describe('the report page', () => {
  it('says which paired differences are certain', async () => {
    const folder = sweep();
    const key = 'synthetic,lenet5-mnist,mnist,logits,20,10,5,0,,,given,uniform,,';
    const header =
      'experiment,model,dataset,output,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,scheme_a,scheme_b,metric,trials,diff_mean,diff_sem,ci_low,ci_high';
    const rows = [`${key},BACC,NeRCC0,mse,30,0.5,0.1,0.25,0.75`, `${key},BACC,NeRCC0,relacc,30,-0.01,0.1,-0.3,0.28`];
    writeFileSync(path.join(folder, 'paired.csv'), `${[header, ...rows].join('\n')}\n`);
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain('<th scope="row">BACC − NeRCC0</th><td>0.50 [0.25, 0.75]</td>');
    expect(html).toContain('<li class="decided">MSE: NeRCC0 is better; BACC − NeRCC0 = 0.50 [0.25, 0.75].</li>');
    expect(html).toMatch(/−0\.01 \[−0\.30, 0\.28\]<\/td>.*<td>not told apart<\/td>/);
  });

  it('finds the fewest workers for the targets asked for', async () => {
    const folder = sweep();
    await writeFigures(folder, new Set(['html']), { targets: [parseTarget('relacc=0.5'), parseTarget('mse=1e9')] });
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain('>Fewest workers for RelAcc ≥ 0.5</h2>');
    expect(html).toContain('>Fewest workers for MSE ≤ 1000000000</h2>');
    // three trials are sure of nothing
    expect(html).toMatch(/<th scope="col">reaches it<\/th>.*\n?.*perhaps/);
    for (const wrong of ['relacc', 'relacc=', 'speed=1', 'base_accuracy=0.9', 'mse=low']) {
      expect(() => parseTarget(wrong)).toThrow(/expected metric=number, such as relacc=0.99; metrics: mse,/);
    }
  });

  it('holds table, figures, config, provenance and links, and quotes what it shows', async () => {
    const folder = sweep();
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    for (const part of ['Results', 'Figures', 'Fewest workers', 'Files', 'Config', 'Provenance']) {
      expect(html).toMatch(new RegExp(`<h2 [^>]*>${part}`));
    }
    expect(html).toContain('<a href="summary.csv">');
    expect(html).toContain(manifest().digests.models['lenet5-mnist']);
    expect(html).not.toContain('<script>alert');
    // nothing to load: the only addresses are namespaces, fragments, data and files of the folder
    const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"|url\(([^)]*)\)/g)].map(
      (match) => match[1] ?? match[2]!,
    );
    for (const address of addresses) expect(address).toMatch(/^(#|data:|[\w./-]+\.(csv|json|md|tex)$)/);
    const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows the config as it was written, and failed trials before all else', async () => {
    const folder = sweep();
    const written = '# Claim tested: a </script><img src=x onerror=alert(1)>.\nname: x\n';
    writeRun([summaryRow({ scheme: '</script><b>' }, { mse: [1, 2] })], manifest({ written }), folder);
    const header =
      'experiment,model,dataset,output,scheme,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,trial,reason';
    writeFileSync(
      path.join(folder, 'failures.csv'),
      `${header}\nsynthetic,lenet5-mnist,mnist,logits,BACC,20,10,5,0,,,given,uniform,,,7,too few <i>\n`,
    );
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain(
      '<p class="claim">The config says: Claim tested: a &lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;.</p>',
    );
    expect(html).not.toMatch(/<img src=x|<b>|<i>/);
    const first = /<main>\s*<section id="(\w+)"/.exec(html)?.[1];
    expect(first).toBe('failures');
    expect(html).toContain('<td>too few &lt;i&gt;</td>');
    expect(html).toMatch(/approxifer inspect trial \S+ 7</);
  });

  it('says of another run in what the two are different experiments as the gate does', async () => {
    const other = writeRun([summaryRow({}, { mse: [1, 2] })], manifest({ config: { ...manifest().config, beta: 2 } }));
    const folder = sweep();
    await writeFigures(folder, new Set(['html']), { beside: other });
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toMatch(/config\.beta<\/th><td>absent<\/td><td>2<\/td>/);
  });

  it('says under which conditions a λ was tuned', async () => {
    const pair = { label: 'NeRCC', lambdaEnc: 0, lambdaDec: 1e-5, metric: 'mse', mean: 16.6, sem: 9.3, trials: 10 };
    const tuned = [5, 10].map((S) => ({ condition: { K: 6, S }, ...pair }));
    const folder = writeRun([summaryRow({ scheme: 'NeRCC' }, { mse: [1, 2] })], manifest({ tuned }));
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain(
      '<td>NeRCC: λ_enc = 0, λ_dec = 10⁻⁵ (mse 16.6 ± 9.3 over 10 tuning trials); S = 5; S = 10</td>',
    );
  });

  it.each([
    [
      'stragglers of several kinds, an attack under some conditions alone',
      [
        { stragglers: 'uniform' },
        { stragglers: { bernoulli: 0.1 } },
        { stragglers: 'uniform', attack: { gaussian: 50 } },
      ],
      '; stragglers = uniform; stragglers = {&quot;bernoulli&quot;:0.1}; stragglers = uniform, attack = {&quot;gaussian&quot;:50}</td>',
    ],
    ['places in the list of conditions', [0, 1], '; condition = 1; condition = 2</td>'],
  ])('names conditions that are %s', async (_, conditions, told) => {
    const pair = { label: 'NeRCC', lambdaEnc: 0, lambdaDec: 1e-5, metric: 'mse', mean: 16.6, sem: null, trials: 1 };
    const tuned = conditions.map((condition) => ({ condition, ...pair }));
    const folder = writeRun([summaryRow({ scheme: 'NeRCC' }, { mse: [1, 2] })], manifest({ tuned }));
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain(`λ_dec = 10⁻⁵ (mse 16.6 over 1 tuning trial)${told}`);
  });

  it('draws a difference over one trial without its interval, which there is none of', async () => {
    const folder = sweep();
    const key = (N: number) => `synthetic,lenet5-mnist,mnist,logits,20,${N},5,0,,,given,uniform,,`;
    const header =
      'experiment,model,dataset,output,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,scheme_a,scheme_b,metric,trials,diff_mean,diff_sem,ci_low,ci_high';
    const rows = [`${key(10)},BACC,NeRCC0,mse,1,0.5,,,`, `${key(20)},BACC,NeRCC0,mse,0,,,,`];
    writeFileSync(path.join(folder, 'paired.csv'), `${[header, ...rows].join('\n')}\n`);
    await writeFigures(folder, new Set(['html']));
    const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
    expect(html).toContain('id="figure-paired-mse"');
    expect(html).not.toMatch(/="[^"]*NaN[^"]*"/);
  });

  it('of damaged trials says where in one line', async () => {
    const folder = sweep();
    const columns =
      'experiment,model,dataset,output,scheme,K,N,S,E,lambda_enc,lambda_dec,order,stragglers,attack,options,trial,mse';
    for (const [end, message] of [
      ['"0,1', /^\S+trials\.csv:\d+: Quote Not Closed/],
      [',1', /^\S+trials\.csv: trial is "", expected a number$/],
    ] as const) {
      writeFileSync(
        path.join(folder, 'trials.csv'),
        `${columns}\nsynthetic,lenet5-mnist,mnist,logits,BACC,20,10,5,0,,,given,uniform,,,${end}\n`,
      );
      await expect(writeFigures(folder, new Set(['html']))).rejects.toThrow(message);
    }
  });

  it('names the command that makes the run from its config', async () => {
    const written = 'name: x\n';
    for (const [changes, command] of [
      [{}, 'run &lt;file&gt;'],
      [{ made_by: 'tune' as const }, 'tune &lt;file&gt;'],
      [{ switched_off: ['tune'] }, 'run &lt;file&gt; --tuned &lt;manifest.json of the run that λ is from&gt;'],
    ] as const) {
      const folder = writeRun([summaryRow({}, { mse: [1, 2] })], manifest({ written, ...changes }));
      await writeFigures(folder, new Set(['html']));
      expect(readFileSync(path.join(folder, 'report.html'), 'utf8')).toContain(`<code>approxifer ${command}</code>`);
    }
  });

  it('shows a config of any kind so that it can be pasted and run', async () => {
    const packaged = [
      'quickstart',
      'figures/coded-samples',
      'train/parity-mnist-k2',
      'avcc/private',
      'serving/quickstart',
    ];
    const seen = [];
    for (const name of packaged) {
      const written = readFileSync(path.join(packageRoot, 'configs', `${name}.yaml`), 'utf8');
      const folder = writeRun([summaryRow({}, { mse: [1, 2] })], manifest({ written }));
      await writeFigures(folder, new Set(['html']));
      const html = readFileSync(path.join(folder, 'report.html'), 'utf8');
      const text = /<pre id="config-text"[^>]*>(.*?)<\/pre>/s.exec(html)![1]!;
      const entities = { amp: '&', lt: '<', gt: '>', quot: '"' };
      const pasted = text.replace(/&(\w+);/g, (_, entity: keyof typeof entities) => entities[entity]);
      const [own, again] = await Promise.all(
        [written, pasted].map((yaml) => loadConfig(configDocument(yaml, `${name}.yaml`))),
      );
      expect(again!.loaded.config).toEqual(own!.loaded.config);
      seen.push(again!.kind.name);
    }
    expect(seen.sort()).toEqual([...kindNames].sort());
  });
});
