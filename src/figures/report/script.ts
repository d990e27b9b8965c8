import { compareScript } from './script-compare.ts';
import { pickScript } from './script-pick.ts';
import { heldTrialScript, trialsScript } from './script-trials.ts';

/** Script of the report page, in parts that do not know each other. It writes text, never HTML, into the page. */

/** Shared by all parts: elements made from text. */
const base = `
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
function make(tag, attributes = {}, ...children) {
  const svg = ['svg', 'path', 'circle', 'text', 'g'].includes(tag);
  const element = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
const short = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace('-', '−') : 'none');
async function copy(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    const area = make('textarea', {});
    area.value = text;
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand('copy') ? 'Copied' : 'Select it by hand';
    area.remove();
  }
  setTimeout(() => (button.textContent = before), 1500);
}
/** Of many elements one is in the tab order, and arrows go on from it. The function that comes back makes it the first one. */
function rove(root, list, next, first = () => list()[0]) {
  const stop = (at) => list().forEach((element) => element.setAttribute('tabindex', element === at ? '0' : '-1'));
  root.addEventListener('focusin', ({ target }) => list().includes(target) && stop(target));
  root.addEventListener('keydown', (event) => {
    const to = list().includes(event.target) && next(event.target, event.key);
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
  const toFirst = () => stop(first());
  toFirst();
  return toFirst;
}
for (const part of all('.interactive')) part.hidden = false;
for (const button of all('[data-copies]'))
  button.addEventListener('click', () => copy(document.getElementById(button.dataset.copies).textContent, button));
`;

/** Tooltips on pointer, tap and focus; arrows go from mark to mark; marks and rows of one cell are shown together. */
const marks = `
const tip = $('#tip');
for (const title of all('svg title')) {
  const mark = title.parentElement;
  mark.dataset.tip = title.textContent;
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', title.textContent);
  mark.setAttribute('tabindex', '-1');
  title.remove();
}
for (const svg of all('figure svg')) $('[data-tip]', svg)?.setAttribute('tabindex', '0');
const rowsByCell = all('tr[data-cell]').map((row) => ({ row, names: row.dataset.cell.split('\\n') }));
function link(names) {
  for (const mark of all('figure [data-tip]'))
    mark.classList.toggle('marked', names.some((name) => mark.dataset.tip.startsWith(name + ': ')));
}
function linkRows(text) {
  for (const { row, names } of rowsByCell)
    row.classList.toggle('linked', text !== undefined && names.some((name) => text.startsWith(name + ': ')));
}
function showTip(mark, x, y) {
  tip.hidden = !mark;
  linkRows(mark?.dataset.tip);
  if (!mark) return;
  tip.textContent = mark.dataset.tip;
  tip.style.left = Math.max(0, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + 'px';
  tip.style.top = Math.max(0, Math.min(y + 16, innerHeight - tip.offsetHeight - 8)) + 'px';
}
for (const kind of ['pointermove', 'pointerdown'])
  document.addEventListener(kind, (event) => showTip(event.target.closest?.('[data-tip]'), event.clientX, event.clientY));
document.addEventListener('focusin', (event) => {
  const mark = event.target.closest?.('[data-tip]');
  const box = mark?.getBoundingClientRect();
  showTip(mark, box?.right, box?.bottom);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') showTip(null);
  const mark = document.activeElement?.closest?.('[data-tip]');
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!mark || !step) return;
  event.preventDefault();
  const marks = all('[data-tip]', mark.ownerSVGElement);
  const next = marks[(marks.indexOf(mark) + step + marks.length) % marks.length];
  mark.setAttribute('tabindex', '-1');
  next.setAttribute('tabindex', '0');
  next.focus();
});
for (const { row, names } of rowsByCell) {
  for (const kind of ['pointerenter', 'focus']) row.addEventListener(kind, () => link(names));
  for (const kind of ['pointerleave', 'blur']) row.addEventListener(kind, () => link([]));
}
`;

/** Sorts, filters and thins out the table of cells. */
const cells = `
const table = $('#cells');
if (table) {
  const body = $('tbody', table);
  const original = all('tr', body);
  const shown = () => all('tr[data-cell]', body).filter((row) => !row.hidden);
  const toFirst = rove(body, shown, (row, key) => shown()[shown().indexOf(row) + { ArrowDown: 1, ArrowUp: -1 }[key]]);
  const box = table.parentElement;
  box.setAttribute('aria-label', box.getAttribute('aria-label') + '; arrows go from row to row');
  const heads = all('thead tr:last-child th', table);
  heads.forEach((head, column) => {
    const button = make('button', { type: 'button' }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort');
      for (const other of heads) other.removeAttribute('aria-sort');
      if (before === 'descending') {
        body.append(...original);
        return toFirst();
      }
      const sign = before === 'ascending' ? -1 : 1;
      head.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
      const value = (row) => {
        const cell = row.children[column];
        const text = cell.dataset.value ?? cell.textContent;
        return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
      };
      const order = (a, b) =>
        typeof a === typeof b ? (typeof a === 'number' ? a - b : a.localeCompare(b)) : typeof a === 'number' ? -1 : 1;
      body.append(...[...original].sort((a, b) => sign * order(value(a), value(b))));
      toFirst();
    });
  });
  const boxes = all('#cell-controls [type=checkbox]');
  const filter = () => {
    const words = $('#cell-filter').value.toLowerCase().split(/\\s+/);
    const hidden = boxes.filter((box) => !box.checked).map((box) => box.value);
    for (const row of original)
      row.hidden = hidden.includes(row.dataset.scheme) || !words.every((word) => row.textContent.toLowerCase().includes(word));
    $('#cell-count').textContent = original.filter((row) => !row.hidden).length + ' of ' + original.length + ' rows';
    toFirst();
  };
  for (const control of [...boxes, $('#cell-filter')]) control.addEventListener('input', filter);
  filter();
}
`;

/** On paper nothing is folded: the style sheet says so too, for a page without scripts, but not all browsers follow it. */
const print = `
const opened = new Set();
addEventListener('beforeprint', () => {
  for (const part of all('details:not([open])')) {
    opened.add(part);
    part.open = true;
  }
});
addEventListener('afterprint', () => {
  for (const part of opened) part.open = false;
  opened.clear();
});
`;

/** Each part has a scope of its own. */
export const script = `'use strict';${base}${heldTrialScript}${[marks, cells, compareScript, pickScript, trialsScript, print].map((part) => `{${part}}`).join('')}`;
