// A passbook's card in a page: its text is read, its key signs, and then it is forgotten. Nothing of it is kept
// anywhere, and nothing but signatures leaves the page.

import { fromBase64, fromBase64Url, fromHex, toBase64 } from './bytes.js';
import { CHALLENGE, pae } from './command.js';
import { post } from './ask.js';
import { fromSeed } from './keys.js';
import { t } from './language.js';
import { Ask } from './say.js';

export class BadCard extends Ask {}

const noCard = () => new BadCard(t(
  '这不是存折的链接。请扫存折上的二维码。',
  'This is not the link of a passbook. Scan the code on the passbook.',
));

// A card's text: `…/p/<token>#<seed>` as printed, or `…#<token>.<seed>`. Answers `{publicKey, sign, token}`; `token`
// opens the book's page, and is undefined where the text has none.
export async function read(text) {
  const [before, behind] = text.trim().split('#');
  if (!behind) throw new BadCard(t(
      '链接不完整：# 后面那一段也要。请重新扫码，复制整个链接。',
      'The link is not whole: what stands behind the # belongs to it. Scan the code again and copy the whole link.',
    ));
  const parts = behind.split('.');
  const printed = before.match(/\/p\/([A-Za-z0-9_-]{43})$/);
  const token = parts.length === 2 ? parts[0] : printed && printed[1];
  let seed;
  try {
    seed = fromBase64Url(parts[parts.length - 1]);
  } catch (error) {
    throw noCard();
  }
  if (seed.length !== 32 || parts.length > 2) throw noCard();
  const card = await fromSeed(seed);
  return { ...card, token: token || undefined };
}

// The header by which a card shows its key with one request.
export async function shown(card) {
  const { challenge } = await post('/api/challenge');
  const signature = await card.sign(pae(CHALLENGE, fromBase64(challenge)));
  const key = toBase64(fromHex(card.publicKey));
  return { Authorization: `Civbank ${challenge}.${key}.${toBase64(signature)}` };
}
