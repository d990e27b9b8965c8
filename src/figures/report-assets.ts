/** Style sheet and script of the report page. */

export const style = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #ddd; }
.subject, .note, figcaption { color: #555; }
.note { font-size: .9rem; margin: .3rem 0; }
.warning { background: #fff3cd; padding: .4rem .8rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; font-weight: normal; white-space: nowrap; }
thead th { border-bottom: 1.5px solid #333; font-weight: 600; }
thead tr:first-child th { border-top: 1.5px solid #333; }
tbody tr:last-child > * { border-bottom: 1.5px solid #333; }
tr.published { color: #666; font-style: italic; }
.facts { font-size: .85rem; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; }
figure { margin: .5rem 0 1rem; max-width: 100%; }
figure svg, figure img { max-width: 100%; height: auto; }
figcaption { font-size: .9rem; max-width: 28rem; }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; font-size: .85rem; }
.files { columns: 3; list-style: none; padding: 0; }
#tip { position: fixed; z-index: 1; max-width: 24rem; padding: .3rem .6rem; background: #222; color: #fff; font-size: .8rem; border-radius: 3px; pointer-events: none; }
[data-tip]:hover { filter: brightness(.8); }
`;

/** Shows the title of a mark beside the pointer at once. Without scripts the browser's own tooltip still shows it. */
export const script = `
const tip = document.getElementById('tip');
for (const title of document.querySelectorAll('svg title')) {
  title.parentElement.dataset.tip = title.textContent;
  title.remove();
}
document.addEventListener('pointermove', (event) => {
  const mark = event.target.closest('[data-tip]');
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.dataset.tip;
  const right = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  tip.style.left = Math.max(0, right) + 'px';
  tip.style.top = event.clientY + 16 + 'px';
});
`;
