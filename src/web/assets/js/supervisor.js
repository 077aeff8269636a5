// A supervisor's desk: an objection in a villager's place. What was found out goes beside the log, sealed.

import { putDocument } from './ask.js';
import { t } from './language.js';
import { acts, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { say, sayError } from './say.js';
import { sealed } from './text.js';

async function object(button) {
  const key = await ownKey();
  if (!key) return;
  const card = button.closest('.case');
  const ground = card.querySelector('select[name=ground]');
  if (!ground.value) {
    ground.focus();
    say(t('请先选为什么。', 'Choose a reason first.'), true);
    return;
  }
  const asked = { declaration: card.dataset.number, ground: ground.value };
  if (card.dataset.household) asked.household = card.dataset.household;
  const text = card.querySelector('textarea').value.trim();
  if (text) asked.statement = (await putDocument('text', sealed(text))).commitment;
  const words = t(`提异议（${ground.selectedOptions[0].textContent}）：${card.dataset.short}`, `Object (${ground.selectedOptions[0].textContent}): ${card.dataset.short}`);
  const receipt = await signAndSend({ body: { object: asked }, words, key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function open() {
  await begin();
  await ownKey();
  acts({ object });
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
