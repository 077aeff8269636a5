// A liaison's desk: one verdict for one declaration.

import { t } from './language.js';
import { acts, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { say, sayError } from './say.js';

const WORDS = { ENDORSE: t('审核通过', 'Endorse'), RETURN: t('退回补充', 'Send back'), REFUSE: t('审核不通过', 'Refuse') };

async function review(button, verdict) {
  const key = await ownKey();
  if (!key) return;
  const card = button.closest('.case');
  const asked = { declaration: card.dataset.number, verdict: `REVIEW_VERDICT_${verdict}` };
  let words = t(`${WORDS[verdict]}：${card.dataset.short}`, `${WORDS[verdict]}: ${card.dataset.short}`);
  if (verdict !== 'ENDORSE') {
    const ground = button.closest('details').querySelector('select[name=ground]');
    if (!ground.value) {
      ground.focus();
      say(t('请先选理由。', 'Choose a reason first.'), true);
      return;
    }
    asked.ground = ground.value;
    words = t(`${WORDS[verdict]}（${ground.selectedOptions[0].textContent}）：${card.dataset.short}`, `${WORDS[verdict]} (${ground.selectedOptions[0].textContent}): ${card.dataset.short}`);
  }
  const receipt = await signAndSend({ body: { review: asked }, words, key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function open() {
  await begin();
  await ownKey();
  acts({
    endorse: (button) => review(button, 'ENDORSE'),
    return: (button) => review(button, 'RETURN'),
    refuse: (button) => review(button, 'REFUSE'),
  });
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
