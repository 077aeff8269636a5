// The head bank's rulings: one ruling for one objection or dispute, as a signed command.

import { acts, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { part, say, sayError } from './say.js';

const WORDS = { DISMISS: '异议不成立', PARTIAL: '异议部分成立', UPHOLD: '异议成立' };

async function rule(button) {
  const key = await ownKey();
  if (!key) return;
  const card = button.closest('.case');
  const choice = card.querySelector('input[name=ruling]:checked');
  if (!choice) {
    card.querySelector('input[name=ruling]').focus();
    say('请先选怎么裁定。', true);
    return;
  }
  const asked = {
    declaration: card.dataset.number,
    household: card.dataset.household,
    ruling: `RULING_${choice.value}`,
  };
  let words = `裁定${WORDS[choice.value]}`;
  if (choice.value === 'PARTIAL') {
    const points = card.querySelector('input[name=points]');
    if (points.value === '' || !points.checkValidity()) {
      points.focus();
      say(`请填留几分（${points.min}～${points.max}）。`, true);
      return;
    }
    asked.points = Number(points.value);
    words += `，留 ${asked.points} 分`;
  }
  words += `：${card.dataset.short}`;
  const receipt = await signAndSend({ body: { rule: asked }, words, key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function open() {
  await begin();
  await ownKey();
  acts({ rule });
  part('main').addEventListener('change', (event) => {
    if (event.target.name !== 'ruling') return;
    const field = event.target.closest('.case').querySelector('.part');
    if (field) field.hidden = event.target.value !== 'PARTIAL';
  });
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
