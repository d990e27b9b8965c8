/** Compares any two schemes: an interval per condition, a strip of the trials' differences, and what a trial is. */
export const compareScript = `
const source = $('#trial-data');
if (source) {
  const { cells, metrics, factors, fewest, command } = JSON.parse(source.textContent);
  const series = [...new Set(cells.map((cell) => cell.series))];
  const place = $('#compare');
  const choose = (label, options, chosen, id) =>
    make('label', {}, label + ' ', make('select', { id, oninput: () => draw() },
      ...options.map((text, i) => make('option', i === chosen ? { value: i, selected: '' } : { value: i }, text))));
  const intervals = make('div', {}), strip = make('div', {}), trialPlace = make('div', { role: 'status' });
  place.append(
    make('h3', {}, 'Compare two schemes'),
    choose('Compare', series, 0, 'compare-a'), ' ', choose('with', series, Math.min(1, series.length - 1), 'compare-b'), ' ',
    choose('in', metrics.map((metric) => metric.label), 0, 'compare-metric'), intervals, strip, trialPlace);
  let condition;
  const sides = (a, b, where) => [a, b].map((name) => cells.findIndex((cell) => cell.series === name && cell.condition === where));
  function differences(a, b, metric, where) {
    const [i, j] = sides(a, b, where);
    if (i < 0 || j < 0 || !metric.values[i] || !metric.values[j]) return undefined;
    return metric.values[i].map((value, trial) => {
      const other = metric.values[j][trial];
      return value === null || other === null || other === undefined ? NaN : value - other;
    });
  }
  function statistics(list) {
    const known = list.filter(Number.isFinite);
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1);
    const half = known.length < 2 ? NaN : factors[known.length] * Math.sqrt(variance / known.length);
    return { mean, low: mean - half, high: mean + half, n: known.length };
  }
  function verdict({ low, high, n }, { better, queries }, a, b, where) {
    const [one, other] = sides(a, b, where).map((side) => queries?.[side]);
    if (queries && (one === null || one !== other)) return 'no verdict: not over the same queries';
    if (better === 'none') return 'not told apart';
    if (n < fewest) return 'not told apart: ' + (n < 2 ? 'one trial has no interval' : 'fewer than ' + fewest + ' trials');
    if (!(low > 0 || high < 0)) return 'not told apart';
    return (low > 0 === (better === 'higher') ? a : b) + ' is better';
  }
  function draw() {
    const [a, b] = ['a', 'b'].map((side) => series[$('#compare-' + side).value]);
    const metric = metrics[$('#compare-metric').value];
    const where = [...new Set(cells.map((cell) => cell.condition))].filter((name) => differences(a, b, metric, name));
    if (!where.includes(condition)) condition = where[0];
    const head = ['condition', a + ' − ' + b, '95 % interval', 'trials', 'verdict'];
    const body = where.map((name) => {
      const found = statistics(differences(a, b, metric, name));
      const cells = [short(found.mean), Number.isFinite(found.low) ? short(found.low) + ' … ' + short(found.high) : 'none', found.n, verdict(found, metric, a, b, name)];
      const button = make('button', { type: 'button', 'aria-pressed': name === condition, onclick: () => { condition = name; draw(); } }, name || 'all');
      return make('tr', name === condition ? { class: 'chosen' } : {}, make('th', { scope: 'row' }, button), ...cells.map((text) => make('td', {}, text)));
    });
    const caption = make('caption', {}, metric.label + ': ' + a + ' − ' + b + '; a condition shows its trials below');
    const focused = intervals.contains(document.activeElement);
    intervals.replaceChildren(make('div', { class: 'wide', role: 'group', 'aria-label': 'Intervals', tabindex: '0' },
      make('table', { id: 'compare-table' }, caption, make('thead', {}, make('tr', {}, ...head.map((text) => make('th', { scope: 'col' }, text)))), make('tbody', {}, ...body))));
    if (focused) $('[aria-pressed=true]', intervals)?.focus();
    trialPlace.replaceChildren();
    strip.replaceChildren(...(condition === undefined ? ['No condition has both.'] : drawStrip(differences(a, b, metric, condition), a, b, metric)));
  }
  function drawStrip(list, a, b, metric) {
    const known = list.filter(Number.isFinite);
    const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
    const x = (value) => 20 + (680 * (value - low)) / (high - low || 1);
    const found = statistics(list);
    const svg = make('svg', { class: 'strip', viewBox: '0 0 720 130', role: 'group', 'aria-label': 'Differences of single trials; arrows go from trial to trial' });
    svg.append(make('path', { class: 'zero', d: 'M' + x(0) + ' 5V95' }));
    const order = list.map((value, trial) => trial).filter((trial) => Number.isFinite(list[trial])).sort((p, q) => list[p] - list[q]);
    const dots = order.map((trial, i) => make('circle', {
      class: 'trial', cx: x(list[trial]), cy: 12 + ((trial * 37) % 61), r: 4, role: 'button', tabindex: i === 0 ? '0' : '-1',
      'aria-label': 'trial ' + trial + ': ' + short(list[trial]), onclick: () => pick(trial, dots[i]),
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        if (event.key === 'Enter' || event.key === ' ') pick(trial, dots[i]);
        else if (!step) return;
        else dots[(i + step + dots.length) % dots.length].focus();
        event.preventDefault();
      },
    }));
    svg.append(...dots);
    if (Number.isFinite(found.low)) svg.append(make('path', { class: 'bar', d: 'M' + x(found.low) + ' 84H' + x(found.high) }));
    if (Number.isFinite(found.mean)) svg.append(make('circle', { class: 'mean', cx: x(found.mean), cy: 84, r: 4 }));
    for (const value of new Set([low, 0, high]))
      svg.append(make('text', { x: x(value), y: 112, 'text-anchor': value === low ? 'start' : value === high ? 'end' : 'middle' }, short(value)));
    const failed = list.map((value, trial) => trial).filter((trial) => !Number.isFinite(list[trial]));
    const far = [...order].sort((p, q) => Math.abs(list[q]) - Math.abs(list[p])).slice(0, 5);
    const buttons = [...failed.slice(0, 20), ...far].map((trial) =>
      make('button', { type: 'button', onclick: () => pick(trial, dots[order.indexOf(trial)]) },
        'trial ' + trial + ': ' + (failed.includes(trial) ? 'failed or undefined' : short(list[trial]))));
    const first = failed.length > 0 ? failed.length + (failed.length === 1 ? ' trial' : ' trials') + ' without a difference first, then the largest: ' : 'The largest: ';
    return [...(known.length > 0 ? [svg] : []), make('p', {}, first, ...buttons.flatMap((button) => [button, ' ']))];
    function pick(trial, dot) {
      for (const other of dots) other.classList.toggle('chosen', other === dot);
      const line = command + ' ' + trial;
      const button = make('button', { type: 'button', onclick: () => copy(line, button) }, 'Copy');
      const rows = cells.flatMap((cell, i) => (cell.condition === condition ? [make('tr', {}, make('th', { scope: 'row' }, cell.series),
        ...metrics.map((of) => make('td', {}, short(of.values[i]?.[trial] ?? NaN))))] : []));
      trialPlace.replaceChildren(
        make('h3', {}, 'Trial ' + trial),
        make('table', {}, make('caption', {}, 'What each scheme came to' + (condition ? ', ' + condition : '')),
          make('thead', {}, make('tr', {}, ...['scheme', ...metrics.map((of) => of.label)].map((text) => make('th', { scope: 'col' }, text)))), make('tbody', {}, ...rows)),
        make('p', {}, 'Its queries, survivors and classes, computed again: ', make('code', {}, line), ' ', button));
      const own = trialPlace.lastChild;
      heldTrial(trial).then((parts) => own.isConnected && own.after(...parts));
    }
  }
  draw();
}
`;
