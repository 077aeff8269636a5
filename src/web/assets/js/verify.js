// One line of a book, checked in the reader's own phone: that the page shows what the entry says, that the entry is
// in the tree, that the log signed the tree, and that the tree this phone saw before is the beginning of it. The
// log's key is taken on first sight and kept; from then on another key is told, loudly.

import { fromBase64, toBase64, toHex } from './bytes.js';
import { readEntry } from './entry.js';
import { t } from './language.js';
import { act, part, say, show } from './say.js';
import { Untrue, checkConsistency, checkInclusion, leafHash, openCheckpoint, readProof, readVerifier } from './tree.js';

const line = part('line').dataset;
const SEEN = `civbank.seen ${line.origin}`;

async function fetched(path) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
  } catch (error) {
    throw new NotReached();
  }
  if (!response.ok) throw new NotReached();
  return response;
}

class NotReached extends Error {}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(SEEN));
  } catch (error) {
    return null;
  }
}

function remember(checkpoint) {
  try {
    const { size, root } = checkpoint;
    localStorage.setItem(SEEN, JSON.stringify({ vkey: line.vkey, size, root: toBase64(root) }));
    return true;
  } catch (error) {
    return false;
  }
}

// One step as it is told: what was checked, and how it came out.
function tell(text) {
  const item = document.createElement('li');
  item.textContent = `✓ ${text}`;
  part('steps').append(item);
}

const digits = (bytes) => toHex(bytes.slice(0, 8)).replace(/(.{4})(?!$)/g, '$1 ');

function same(shown, posting) {
  return ['amount', 'balance', 'sequence'].every((field) => Number(shown[field]) === posting[field]);
}

async function verify() {
  part('steps').replaceChildren();
  show('result', false);
  const before = remembered();
  if (before && before.vkey !== line.vkey) {
    throw new Untrue(t('总账的公钥和您手机上次见到的不一样。换钥匙要在公开栏贴公告；没有见到公告，请不要相信这一页', "the ledger's public key is not the one that this phone saw the last time. A change of keys is announced on the board; without such a notice, do not trust this page"));
  }
  const verifier = await readVerifier(line.vkey);
  const leaf = new Uint8Array(await (await fetched(line.leaf)).arrayBuffer());
  const proof = readProof(await (await fetched(line.proof)).text());

  const entry = readEntry(leaf, line.account);
  if (entry.index !== Number(line.index) || proof.index !== entry.index) throw new Untrue(t('账目号对不上', 'the number of the entry does not fit'));
  const shown = Array.from(document.querySelectorAll('[data-unit]'), (element) => element.dataset);
  const fits = shown.length === entry.postings.length
    && shown.every((one) => entry.postings.some((posting) => posting.unit === one.unit && same(one, posting)));
  if (!fits) throw new Untrue(t('页面上的数字和账目原文不一样', 'the numbers on the page are not those of the entry'));
  tell(t(
    `页面上的数字，和第 ${entry.index} 号账目的原文（${leaf.length} 个字节）一样。`,
    `The numbers on the page are those of entry ${entry.index} itself (${leaf.length} bytes).`,
  ));

  const checkpoint = await openCheckpoint(proof.note, verifier);
  const hash = await leafHash(leaf);
  await checkInclusion(proof.index, checkpoint, hash, proof.hashes);
  tell(t(
    `这一笔在总账里：从它的指纹 ${digits(hash)} 往上算 ${proof.hashes.length} 步，算出了整本账的指纹 ${digits(checkpoint.root)}。`,
    `The entry is in the ledger: from its fingerprint ${digits(hash)}, ${proof.hashes.length} steps up give the ledger's fingerprint ${digits(checkpoint.root)}.`,
  ));
  tell(t(
    `整本账（${checkpoint.size} 笔）的指纹有总账的签名，签名是真的。公钥开头是 ${digits(verifier.key)}，可以和公开栏上贴的对一对。`,
    `The fingerprint of the whole ledger (${checkpoint.size} entries) is signed by the ledger, and the signature is true. The public key begins with ${digits(verifier.key)}; compare it with the one on the board.`,
  ));

  if (before) {
    const old = { size: before.size, root: fromBase64(before.root) };
    if (old.size > checkpoint.size) throw new Untrue(t('账本比您手机上次见到的还短', 'the ledger is shorter than the one that this phone saw the last time'));
    const path = `/tree/consistency?old=${old.size}&new=${checkpoint.size}`;
    const text = old.size === checkpoint.size ? '' : await (await fetched(path)).text();
    const hashes = text.split('\n').filter(Boolean).map(fromBase64);
    await checkConsistency(old, checkpoint, hashes);
    tell(t(
      `您手机上次见到的账（${old.size} 笔）原样在今天的账里，一笔没有改。`,
      `The ledger that this phone saw the last time (${old.size} entries) is in today's as it was; no entry was changed.`,
    ));
  }
  const kept = remember(checkpoint);
  if (!before && kept) {
    tell(t(
      '您手机记下了这个指纹。下次再核，就能知道以前的账有没有被改过。',
      'This phone keeps the fingerprint. The next check will tell whether earlier entries were changed.',
    ));
  }
  part('result-title').textContent = t('核对无误', 'All is well');
  show('result');
  part('result-title').focus();
}

act(part('verify'), 'click', async () => {
  say(t('正在核对…', 'Checking…'));
  try {
    await verify();
    say('');
  } catch (error) {
    if (error instanceof NotReached) say(t('没有取到收据，还没核成。请看看网络，再按一次。', 'The receipt did not come, and nothing was checked. Look at the network and press again.'), true);
    else {
      if (!(error instanceof Untrue)) console.error(error);
      const why = error instanceof Untrue ? error.message : t('收据读不懂', 'the receipt cannot be read');
      say(t(
        `没有通过：${why}。请把这一页拍下来，交给村务监督委员会或者镇上。`,
        `This did not hold: ${why}. Take a photograph of this page and give it to the supervisors or to the town.`,
      ), true);
    }
  }
});
show('verify');
