/** Style sheet of the report page. */
export const style = `
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #555; --paper: #fff; --line: #ccc; --tint: #f3f3f3; --warn: #fff3cd; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --soft: #b5b5b5; --paper: #16181b; --line: #4a4d52; --tint: #23262b; --warn: #4d3d00; --mark: #7db7f5; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line); }
a { color: var(--mark); }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
nav a { padding: .2rem 0; }
main > section { content-visibility: auto; contain-intrinsic-size: auto 40rem; margin: 0 -.3rem; padding: 0 .3rem; }
.subject, .note, figcaption, caption { color: var(--soft); }
.note { font-size: .9rem; margin: .3rem 0; }
.claim { font-style: italic; }
.verdict { padding-left: 1.2rem; margin-top: .2rem; } .decided { font-weight: 600; }
.warning { background: var(--warn); padding: .4rem .8rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0; }
caption { text-align: left; font-size: .9rem; padding-bottom: .3rem; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; font-weight: normal; white-space: nowrap; }
thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
tr.published { color: var(--soft); font-style: italic; }
tr.linked, tr[data-cell]:hover, tr.chosen { background: var(--tint); }
button, select, input { font: inherit; color: inherit; background: var(--tint); border: 1px solid var(--line); border-radius: 4px; padding: .15rem .5rem; max-width: 100%; }
thead button { font-weight: 600; background: none; border: 0; padding: 0; cursor: pointer; }
th[aria-sort=ascending] button::after { content: ' ▲'; }
th[aria-sort=descending] button::after { content: ' ▼'; }
:focus-visible { outline: 2.5px solid var(--mark); outline-offset: 1px; }
.interactive { margin: .6rem 0; }
fieldset { min-width: 0; display: inline-flex; flex-wrap: wrap; gap: .2rem .9rem; border: 1px solid var(--line); border-radius: 4px; }
.facts { font-size: .85rem; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; }
figure { margin: .5rem 0 1rem; max-width: 100%; }
figure svg { max-width: 100%; height: auto; background: #fff; border-radius: 3px; }
figcaption { font-size: .9rem; max-width: 28rem; }
.marked { stroke: #000; stroke-width: 3px; paint-order: stroke; }
.interval { display: block; } .interval .zero { stroke: var(--soft); stroke-dasharray: 2 2; }
.interval .bar, .strip .bar, .slice path { stroke: var(--ink); stroke-width: 1.5; fill: none; }
.interval circle, .strip .mean { fill: var(--ink); stroke: var(--ink); } .interval .second { fill: var(--paper); }
.strip { width: 100%; max-width: 46rem; height: auto; } .strip text, .slice text { fill: var(--ink); font-size: 12px; }
.strip .trial { fill: var(--mark); fill-opacity: .45; cursor: pointer; } .strip .trial.chosen { fill-opacity: 1; stroke: var(--ink); stroke-width: 2; }
.strip .zero { stroke: var(--soft); stroke-dasharray: 3 3; } .slice circle { fill: var(--mark); } .slice circle.at { stroke: var(--ink); stroke-width: 2.5; }
.heat td { padding: 1px; } .heat button { width: 100%; min-width: 4rem; border: 1px solid transparent; border-radius: 0; cursor: pointer; }
.heat button.top { outline: 2.5px solid var(--ink); outline-offset: -3px; box-shadow: inset 0 0 0 3px #fff; } .heat button[aria-pressed=true] { box-shadow: 0 0 0 3px var(--mark); }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem; } .tiles canvas { width: 10rem; image-rendering: pixelated; border: 1px solid var(--line); }
pre, code { background: var(--tint); font-size: .85rem; } pre { padding: .8rem; overflow-x: auto; overflow-wrap: normal; }
.files { columns: 14rem; list-style: none; padding: 0; }
#tip { position: fixed; z-index: 1; max-width: min(24rem, 90vw); padding: .3rem .6rem; background: #222; color: #fff; font-size: .8rem; border-radius: 3px; pointer-events: none; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --line: #999; --tint: #fff; }
  body { max-width: none; margin: 0; font-size: 9pt; } nav, .interactive, #tip { display: none !important; }
  .wide, pre { overflow: visible; } pre { white-space: pre-wrap; } table { font-size: 7.5pt; } th, td { white-space: normal; padding-right: .25rem; }
  th { overflow-wrap: break-word; } td[data-value] { white-space: nowrap; } .figures { display: block; } figure { display: inline-block; vertical-align: top; zoom: .76; margin-right: 1rem; } figure svg { max-height: 30cm; }
  details::details-content { content-visibility: visible; } .heat button { min-width: 0; padding: 0 .1rem; print-color-adjust: exact; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } thead { display: table-header-group; }
}
`;
