/** Trials that the page holds: one is unpacked when it is asked for. `heldTrial` is for the other parts too. */
export const heldTrialScript = `
const packedTrials = JSON.parse($('#trial-view-data')?.textContent ?? '{}');
async function heldTrial(trial) {
  if (!(trial in packedTrials)) return [];
  const bytes = Uint8Array.from(atob(packedTrials[trial]), (character) => character.charCodeAt(0));
  const parts = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
  return parts.flatMap(({ title, workers, header, rows }) => [
    make('div', { class: 'wide', role: 'region', 'aria-label': title, tabindex: '0' },
      make('table', { class: 'trial-view' }, make('caption', {}, title, ...workers.flatMap((line) => [make('br'), line])),
        make('thead', {}, make('tr', {}, ...header.map((text) => make('th', { scope: 'col' }, text)))),
        make('tbody', {}, ...rows.map(([query, ...cells]) =>
          make('tr', {}, make('th', { scope: 'row' }, query), ...cells.map((text) => make('td', {}, text)))))))]);
}
`;

export const trialsScript = `
const trials = Object.keys(packedTrials);
if (trials.length > 0) {
  const shown = make('div', { role: 'status' });
  const choose = make('select', { id: 'trial-choice', oninput: draw }, make('option', { value: '' }, 'choose one'), ...trials.map((trial) => make('option', {}, trial)));
  $('#trial-views').append(make('label', {}, 'Trial ', choose), shown);
  async function draw() {
    const { value } = choose;
    const parts = await heldTrial(value);
    if (choose.value === value) shown.replaceChildren(...parts);
  }
}
`;
