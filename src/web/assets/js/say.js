// How a page speaks: one line that is read out when it changes, and parts that are shown or hidden.

import { No, NoAnswer } from './ask.js';
import { PIN_LENGTH_MIN, PinTooShort, PinWrong } from './keys.js';
import { t } from './language.js';

export const part = (id) => document.getElementById(id);

export function show(id, shown = true) {
  const found = part(id);
  if (found) found.hidden = !shown;
}

// What stands behind the `#` of the address, which the server never sees; nothing where that is a place of the page,
// such as the one to which a keyboard skips.
export function carried() {
  const text = window.location.hash.slice(1);
  return part(text) ? '' : text;
}

// Another text there is another page.
export const reloadWhenCarried = () => window.addEventListener('hashchange', () => {
  if (carried()) window.location.reload();
});

// What the person is asked to do otherwise, in words: nothing is broken.
export class Ask extends Error {}

// Says something; `bad` says that it went wrong.
export function say(text, bad = false) {
  const line = part('said');
  line.textContent = text;
  line.className = bad ? 'notice bad' : 'notice';
  line.hidden = !text;
  if (text) line.scrollIntoView({ block: 'nearest' });
}

// What went wrong, in words. What is not one of ours is a fault of the page, and the console has it.
export function sayError(error) {
  if (error instanceof No || error instanceof NoAnswer || error instanceof Ask) say(error.message, true);
  else if (error instanceof PinWrong) say(t('本机密码不对，请再输一次。', 'The PIN of this device is wrong; type it again.'), true);
  else if (error instanceof PinTooShort) {
    say(t(
      `本机密码至少要 ${PIN_LENGTH_MIN} 位。`,
      `The PIN of this device has ${PIN_LENGTH_MIN} characters at least.`,
    ), true);
  } else {
    console.error(error);
    say(t(
      '页面出了毛病，没有办成。请刷新再试；还不行，请告诉支行文书。',
      'Something is wrong with this page, and nothing was done. Load it anew; if it stays so, tell the branch clerk.',
    ), true);
  }
}

// A row of a table; its first cell is its head.
export function row(...cells) {
  const line = document.createElement('tr');
  cells.forEach((text, at) => {
    const cell = document.createElement(at === 0 ? 'th' : 'td');
    if (at === 0) cell.scope = 'row';
    cell.textContent = text;
    line.append(cell);
  });
  return line;
}

// Runs what a button or form does: once at a time, and nothing that went wrong is lost.
export function act(element, kind, doing) {
  element.addEventListener(kind, async (event) => {
    event.preventDefault();
    const buttons = element.tagName === 'FORM' ? element.querySelectorAll('button') : [element];
    if (Array.from(buttons).some((button) => button.disabled)) return;
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await doing(event);
    } catch (error) {
      sayError(error);
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
  });
}
