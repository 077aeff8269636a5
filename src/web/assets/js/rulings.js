// The head bank's rulings: one ruling for one objection or dispute, as a signed command.

import { t } from './language.js';
import { acts, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { part, say, sayError } from './say.js';

const WORDS = { DISMISS: t('异议不成立', 'dismiss the objection'), PARTIAL: t('异议部分成立', 'uphold the objection in part'), UPHOLD: t('异议成立', 'uphold the objection') };

async function rule(button) {
  const key = await ownKey();
  if (!key) return;
  const card = button.closest('.case');
  const choice = card.querySelector('input[name=ruling]:checked');
  if (!choice) {
    card.querySelector('input[name=ruling]').focus();
    say(t('请先选怎么裁定。', 'Choose a ruling first.'), true);
    return;
  }
  const asked = {
    declaration: card.dataset.number,
    household: card.dataset.household,
    ruling: `RULING_${choice.value}`,
  };
  let words = t(`裁定${WORDS[choice.value]}`, `Rule: ${WORDS[choice.value]}`);
  if (choice.value === 'PARTIAL') {
    const points = card.querySelector('input[name=points]');
    if (points.value === '' || !points.checkValidity()) {
      points.focus();
      say(t(`请填留几分（${points.min}～${points.max}）。`, `Type the points that stay (${points.min} to ${points.max}).`), true);
      return;
    }
    asked.points = Number(points.value);
    words += t(`，留 ${asked.points} 分`, `, ${asked.points} points stay`);
  }
  words += t(`：${card.dataset.short}`, `: ${card.dataset.short}`);
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
