// The desk where suggestions are answered: the answer's words go beside the log, for everybody to read.

import { putDocument } from './ask.js';
import { t } from './language.js';
import { acts, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { say, sayError } from './say.js';
import { sealed } from './text.js';

async function answer(button) {
  const key = await ownKey();
  if (!key) return;
  const card = button.closest('.case');
  const field = card.querySelector('textarea');
  const text = field.value.trim();
  if (!text) {
    field.focus();
    say(t('请先写答复。', 'Write the answer first.'), true);
    return;
  }
  const { address } = await putDocument('text', sealed(text));
  const body = { answerSuggestion: { suggestion: card.dataset.number, document: address } };
  const short = text.length > 40 ? `${text.slice(0, 40)}……` : text;
  const words = t(`答复 ${card.dataset.number} 号建议：${short}`, `Answer suggestion ${card.dataset.number}: ${short}`);
  const receipt = await signAndSend({ body, words, key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function open() {
  await begin();
  await ownKey();
  acts({ answer });
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
