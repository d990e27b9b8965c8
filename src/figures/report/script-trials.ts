/** Trials that the page holds: they are read when one is asked for, since they stand behind this script. `heldTrial` is for the other parts too. */
export const heldTrialScript = `
let packedTrials;
async function heldTrial(trial) {
  packedTrials ??= JSON.parse($('#trial-view-data')?.textContent ?? '{}');
  if (!(trial in packedTrials)) return [];
  const bytes = Uint8Array.from(atob(packedTrials[trial]), (character) => character.charCodeAt(0));
  const parts = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
  return parts.flatMap(({ title, workers, header, rows }) => [
    make('div', { class: 'wide', role: 'group', 'aria-label': title, tabindex: '0' },
      make('table', { class: 'trial-view' }, make('caption', {}, title, ...workers.flatMap((line) => [make('br'), line])),
        make('thead', {}, make('tr', {}, ...header.map((text) => make('th', { scope: 'col' }, text)))),
        make('tbody', {}, ...rows.map(([query, ...cells]) =>
          make('tr', {}, make('th', { scope: 'row' }, query), ...cells.map((text) => make('td', {}, text)))))))]);
}
`;

export const trialsScript = `
const choose = $('#trial-choice');
if (choose) {
  const shown = make('div', { role: 'status' });
  $('#trial-views').append(shown);
  choose.addEventListener('input', async () => {
    const { value } = choose;
    const parts = await heldTrial(value);
    if (choose.value === value) shown.replaceChildren(...parts);
  });
}
`;
