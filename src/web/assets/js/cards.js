// Cards to be printed: drawn from what the import left in this browser, a few sheets of paper at a time, and thrown
// away once the clerk says that they are on paper.

import { toBase64Url } from './bytes.js';
import { t, written } from './language.js';
import * as plans from './plan.js';
import { picture } from './qr-picture.js';
import { begin } from './signing.js';
import { act, part, say, sayError, show } from './say.js';

// Cards on one sheet of A4, and in one go.
const ON_PAPER = 10;
const AT_ONCE = 100;

let plan;
let from = 0;

const element = (name, text, className = '') => Object.assign(document.createElement(name), { textContent: text, className });

const link = (home) => `${window.location.origin}/p/${toBase64Url(home.token)}#${toBase64Url(home.seed)}`;

function card(home) {
  // As the ledger names it: what is shown on the pages follows the reader.
  const name = written(`${home.household.split('-')[1]} 号户`);
  const made = element('li', '', 'passbook');
  const words = element('div', '', 'passbook-words');
  words.append(
    element('p', part('cards').dataset.bank, 'passbook-bank'),
    element('p', `${plan.title}`, 'passbook-branch'),
    element('p', name, 'passbook-number'),
    element('p', written(`文明存折 · ${home.count} 人`), ''),
    element('p', written('扫码看账、申报。像存折一样收好；丢了请到村里换卡。'), 'passbook-hint'),
  );
  made.append(picture(link(home), written(`${name}的二维码`)), words);
  return made;
}

async function draw() {
  const to = Math.min(from + AT_ONCE, plan.total);
  const homes = await plans.homes(from, to - 1);
  const sheets = [];
  for (let at = 0; at < homes.length; at += ON_PAPER) {
    const sheet = element('ul', '', 'paper');
    sheet.append(...homes.slice(at, at + ON_PAPER).map(card));
    sheets.push(sheet);
  }
  part('paper').replaceChildren(...sheets);
  part('range').textContent = t(`第 ${from + 1}～${to} 张，共 ${plan.total} 张，${Math.ceil(homes.length / ON_PAPER)} 页 A4`, `${from + 1} to ${to} of ${plan.total}, sheets of A4: ${Math.ceil(homes.length / ON_PAPER)}`);
  show('earlier', from > 0);
  show('later', to < plan.total);
}

async function open() {
  await begin();
  plan = await plans.current();
  const whole = Boolean(plan) && plan.done === plan.total;
  show('none', !plan);
  show('unfinished', Boolean(plan) && !whole);
  show('cards', whole);
  if (whole) {
    await draw();
    act(part('print'), 'click', () => window.print());
    act(part('earlier'), 'click', () => { from -= AT_ONCE; return draw(); });
    act(part('later'), 'click', () => { from += AT_ONCE; return draw(); });
    act(part('printed'), 'submit', async () => {
      if (!part('all-printed').checked) {
        say(t('请先确认每一张都印好了：清除以后再也印不出来。', 'Confirm first that every one is printed: once cleared, they can never be printed again.'), true);
        part('all-printed').focus();
        return;
      }
      await plans.clear();
      part('paper').replaceChildren();
      show('cards', false);
      show('none');
      say(t('清除了：这个浏览器里没有存折的秘密了。', 'Cleared: no secrets of passbooks are left in this browser.'));
    });
  }
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
