import { gzipSync } from 'node:zlib';
import { type TrialPart, type TrialView, trialParts } from '../../tables/trial.ts';
import { dataElement, interactive, section } from './html.ts';

/**
 * Trials to look at: what `inspect trial` prints of each, packed one by one, so that the page unpacks only what is asked for. They
 * need scripts: without any the command says the same.
 * @param command without the number of the trial
 * @param most bytes that they may take
 * @returns a section to choose one in, and the data, which are most of the page: they belong behind all that is seen
 */
export function trialsSection(
  views: readonly TrialView[],
  command: string,
  most: number,
): { readonly html: string; readonly data: string } {
  const packed: Record<string, string> = {};
  let room = most;
  for (const view of views) {
    const parts: readonly TrialPart[] = trialParts(view);
    const text = gzipSync(JSON.stringify(parts), { level: 9 }).toString('base64');
    if (text.length > room) break;
    room -= text.length;
    packed[view.trial] = text;
  }
  const held = Object.keys(packed).length;
  if (held === 0) return { html: '', data: '' };
  const left = held < views.length ? ` The page has room for ${held} of ${views.length}.` : '';
  const note = `<p class="note">What <code>${command} …</code> prints. A class that is not the model's is marked *; behind it stands the squared error of the output.${left}</p>`;
  const options = Object.keys(packed).map((trial) => `<option>${trial}</option>`);
  const choice = `<label>Trial <select id="trial-choice"><option value="">choose one</option>${options.join('')}</select></label>`;
  return {
    html: section('trials', 'Trials', `${note}${interactive('trial-views', choice)}`),
    data: dataElement('trial-view-data', packed),
  };
}
