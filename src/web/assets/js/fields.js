// Fields of a form with what is wrong beside each: a person is told at the field, and comes to the first of them.

import { t } from './language.js';
import { part, say } from './say.js';

// Takes every word of wrong away.
export function clean(form) {
  for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
  for (const line of form.querySelectorAll('.field-bad')) line.textContent = '';
}

// Says at a field what is wrong with it.
export function wrong(field, what) {
  field.setAttribute('aria-invalid', 'true');
  const line = field.getAttribute('aria-describedby') && part(field.getAttribute('aria-describedby'));
  if (line) line.textContent = what;
  const fold = field.closest('details');
  if (fold) fold.open = true;
}

// Brings the first wrong field of a form before the person; answers whether there is one. `what` is said first: what is
// said comes into view, and the field after it.
export function toFirst(form, what = t('还没有填好，请看标红的地方。', 'Something is missing or wrong; see what is marked in red.')) {
  const first = form.querySelector('[aria-invalid]');
  if (!first) return false;
  say(what, true);
  first.focus();
  return true;
}

// A whole number within bounds, digits only; undefined for anything else.
export function whole(text, least, most) {
  const plain = text.trim();
  if (!/^\d{1,15}$/.test(plain)) return undefined;
  const number = Number(plain);
  return number >= least && number <= most ? number : undefined;
}
