// A list that was made by the server and is looked at again after each step: the page is asked for once more and its
// list put in the old one's place, so that what was said, and where the reader was, stays.

import * as keys from './keys.js';
import { part, sayError, show } from './say.js';

// The part of the page that changes.
export const list = () => part('list');

// The key that signed in, if this browser has it; without it the page says so.
export async function ownKey() {
  const key = await keys.find(list().dataset.key);
  show('key-gone', !key);
  return key;
}

// Puts the newest list in place, or only some parts of it. `keep` looks at the old one and answers what is to be done
// with the new one.
export async function refresh(keep = () => () => {}, parts = ['list']) {
  const put = keep();
  // What somebody chose in the old one meanwhile would be gone with it.
  parts.forEach((id) => { part(id).inert = true; });
  let response;
  let text;
  try {
    response = await fetch(window.location.pathname + window.location.search, {
      credentials: 'same-origin',
      cache: 'no-store',
    });
    text = await response.text();
  } catch (error) {
    parts.forEach((id) => { part(id).inert = false; });
    throw error;
  }
  const page = new DOMParser().parseFromString(text, 'text/html');
  const fresh = parts.map((id) => page.getElementById(id));
  // Signed out, or without the office by now: the page itself says so.
  if (!response.ok || response.redirected || fresh.includes(null)) {
    window.location.reload();
    return;
  }
  parts.forEach((id, at) => part(id).replaceWith(document.importNode(fresh[at], true)));
  put();
  // Where the focus was is gone; what was said is what comes next.
  part('said').focus();
}

// Hangs what the list's buttons do up once for all lists to come: by the button's `data-act`.
export function acts(doing) {
  part('main').addEventListener('click', async (event) => {
    const button = event.target.closest('#list button[data-act]');
    if (!button) return;
    try {
      await doing[button.dataset.act](button);
    } catch (error) {
      sayError(error);
    }
  });
  // A form of the list sends nothing by itself: Enter in one of its fields does not leave the page.
  part('main').addEventListener('submit', (event) => {
    if (event.target.closest('#list')) event.preventDefault();
  });
}
