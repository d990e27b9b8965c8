/** The λ picker and the slider over coded images. */
export const pickScript = `
for (const picker of all('.picker')) {
  const buttons = all('button[data-enc]', picker);
  const out = $('.picked', picker);
  function slice(along, other, chosen) {
    const points = buttons.filter((button) => button.dataset[other] === chosen.dataset[other])
      .map((button) => ({ button, lambda: Number(button.dataset[along]), mean: Number(button.dataset.mean) }));
    const means = points.map((point) => point.mean);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    const x = (i) => 30 + (260 * i) / Math.max(1, points.length - 1);
    const y = (mean) => 90 - (70 * (mean - low)) / (high - low || 1);
    const svg = make('svg', { class: 'slice', viewBox: '0 0 320 120', width: 320, role: 'img', 'aria-label': 'Slice along λ_' + along });
    svg.append(make('path', { d: 'M' + points.map((point, i) => x(i) + ' ' + y(point.mean)).join('L') }));
    points.forEach((point, i) => svg.append(make('circle', { cx: x(i), cy: y(point.mean), r: 4, class: point.button === chosen ? 'at' : '' })));
    svg.append(make('text', { x: 30, y: 112 }, 'along λ_' + along + ': ' + points[0].lambda + ' … ' + points[points.length - 1].lambda));
    svg.append(make('text', { x: 30, y: 12 }, short(low) + ' … ' + short(high)));
    return svg;
  }
  function pick(chosen) {
    for (const button of buttons) button.setAttribute('aria-pressed', button === chosen);
    const { enc, dec, mean, sem, said } = chosen.dataset;
    const { scheme, options, label } = picker.dataset;
    const yaml = '- ' + scheme + ': {' + options + 'lambdaEnc: ' + enc + ', lambdaDec: ' + dec + ', label: ' + JSON.stringify(label) + '}';
    const button = make('button', { type: 'button', onclick: () => copy(yaml, button) }, 'Copy');
    out.replaceChildren(make('p', {}, said + ' ' + short(Number(mean)) + ' ± ' + short(Number(sem))),
      slice('enc', 'dec', chosen), slice('dec', 'enc', chosen), make('p', {}, make('code', {}, yaml), ' ', button));
  }
  for (const button of buttons) button.addEventListener('click', () => pick(button));
  const top = $('button.top', picker);
  if (top) pick(top);
  // of a refined surface not every pair was tried: arrows go to the next that was
  const arrows = { ArrowRight: ['enc', 1], ArrowLeft: ['enc', -1], ArrowDown: ['dec', 1], ArrowUp: ['dec', -1] };
  function next(from, key) {
    const [same, step] = arrows[key] ?? [];
    const line = buttons.filter((button) => button.dataset[same] === from.dataset[same]);
    return line[line.indexOf(from) + step];
  }
  rove(picker, () => buttons, next, () => top ?? buttons[0]);
}
const imageSource = $('#image-data');
if (imageSource) {
  const { channels, height, width, workers, sets } = JSON.parse(imageSource.textContent);
  const size = channels * height * width;
  const pixels = sets.map(({ bytes }) => Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)));
  const names = [...sets.map((set) => set.label), ...(sets.length > 1 ? [sets[0].label + ' − ' + sets[sets.length - 1].label] : [])];
  const canvases = names.map((name) => make('canvas', { width, height, role: 'img', 'aria-label': name }));
  const said = make('output', {});
  const slider = make('input', { type: 'range', min: 0, max: workers.length - 1, value: 0, id: 'worker', oninput: () => draw() });
  $('#image-slider').append(make('p', {}, make('label', { for: 'worker' }, 'Worker '), slider, ' ', said),
    make('div', { class: 'tiles' }, ...names.map((name, i) => make('div', {}, canvases[i], make('div', {}, name)))));
  function draw() {
    const at = Number(slider.value) * size;
    said.textContent = workers[slider.value] + ' of ' + workers[workers.length - 1];
    slider.setAttribute('aria-valuetext', 'worker ' + said.textContent);
    canvases.forEach((canvas, i) => {
      const context = canvas.getContext('2d');
      const image = context.createImageData(width, height);
      for (let pixel = 0; pixel < height * width; pixel++) {
        for (let channel = 0; channel < 3; channel++) {
          const place = at + (channels === 1 ? 0 : channel * height * width) + pixel;
          image.data[4 * pixel + channel] = i < sets.length ? pixels[i][place] : 127.5 + (pixels[0][place] - pixels[sets.length - 1][place]) / 2;
        }
        image.data[4 * pixel + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    });
  }
  draw();
}
`;
