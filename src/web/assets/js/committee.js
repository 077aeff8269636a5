// A committee member's desk: one vote for one case, or for all that are ticked, as one signed command.

import { t } from './language.js';
import { acts, list, ownKey, refresh } from './list.js';
import { begin, signAndSend } from './signing.js';
import { part, say, sayError, show } from './say.js';

const cards = () => Array.from(list().querySelectorAll('.case'));
const tick = (card) => card.querySelector('input[name=tick]');
const ticked = () => cards().filter((card) => tick(card) && tick(card).checked);
const cardOf = (element) => element.closest('.case');

// The points of one unit that these cases are to get: one number for all of them, as one vote has. Answers undefined
// where no case has a choice; throws words where the choice is not made or not one.
function pointsOf(chosen) {
  const ranged = chosen.filter((card) => card.dataset.range);
  if (ranged.length === 0) return undefined;
  const fields = ranged.map((card) => card.querySelector('input[name=points]'));
  const empty = fields.find((field) => field.value === '' || !field.checkValidity());
  if (empty) {
    empty.focus();
    throw new Ask(t(`请填每份给几分：${cardOf(empty).dataset.short}（${cardOf(empty).dataset.range} 分）。`, `Type the points for each: ${cardOf(empty).dataset.short} (${cardOf(empty).dataset.range} points).`));
  }
  const values = new Set(fields.map((field) => field.value));
  if (values.size > 1 || ranged.length < chosen.length) {
    throw new Ask(t('一起表决的，每份要打一样的分。分值不同或不用打分的，请分开表决。', 'One vote gives one number of points. Vote apart where points differ, or where none are to be set.'));
  }
  return Number(fields[0].value);
}

// What the person has to do first.
class Ask extends Error {}

function named(chosen) {
  if (chosen.length === 1) return t(`：${chosen[0].dataset.short}`, `: ${chosen[0].dataset.short}`);
  const some = chosen.slice(0, 3).map((card) => card.dataset.short).join(t('、', ', '));
  return t(` ${chosen.length} 项：${some}${chosen.length > 3 ? '等' : ''}`, ` (${chosen.length}): ${some}${chosen.length > 3 ? ' and more' : ''}`);
}

async function vote(chosen, choice, ground) {
  const key = await ownKey();
  if (!key) return;
  if (chosen.length === 0) throw new Ask(t('还没有勾选。', 'Nothing is ticked.'));
  const decide = { declarations: chosen.map((card) => card.dataset.number), vote: choice };
  let words = t(`同意${named(chosen)}`, `Approve${named(chosen)}`);
  if (choice === 'VOTE_APPROVE') {
    const points = pointsOf(chosen);
    if (points !== undefined) {
      decide.points = points;
      words += t(`，每份 ${points} 分`, `, ${points} points for each`);
    }
  } else {
    if (!ground.value) {
      ground.focus();
      throw new Ask(t('请先选不同意的理由。', 'Choose a reason for refusing first.'));
    }
    decide.ground = ground.value;
    words = t(`不同意（${ground.selectedOptions[0].textContent}）${named(chosen)}`, `Refuse (${ground.selectedOptions[0].textContent})${named(chosen)}`);
  }
  // Another desk may have been faster: the list is looked at again, whatever the answer.
  const receipt = await signAndSend({ body: { decide }, words, key, refused: look });
  if (receipt) await look();
}

// The newest list, with the ticks and points that were set.
const look = () => refresh(() => {
  const kept = cards().filter(tick).map((card) => {
    const points = card.querySelector('input[name=points]');
    return { id: card.id, checked: tick(card).checked, points: points && points.value };
  });
  return () => {
    for (const { id, checked, points } of kept) {
      const card = part(id);
      if (!card || !tick(card)) continue;
      tick(card).checked = checked;
      const field = card.querySelector('input[name=points]');
      if (field && points) field.value = points;
    }
    count();
  };
});

// How many are ticked, and whether the budget would last.
function count() {
  const chosen = ticked();
  show('together', cards().some(tick));
  part('ticked').textContent = chosen.length;
  const most = (of) => of.reduce((sum, card) => sum + Number(card.dataset.most), 0);
  part('ticked-most').textContent = most(chosen);
  const short = Array.from(list().querySelectorAll('.meeting')).find((meeting) => {
    const here = chosen.filter((card) => meeting.contains(card));
    return here.length > 0 && most(here) > Number(meeting.dataset.budget);
  });
  show('ticked-short', Boolean(short));
  if (short) part('ticked-short').textContent = t(`预算只剩 ${short.dataset.budget} 分，勾选的可能不够给。`, `The budget has ${short.dataset.budget} points left, which may not do for all that are ticked.`);
}

// As many as one command takes; the meetings of two branches are two votes.
function tickAll() {
  const most = Number(list().dataset.atOnce);
  const [first] = Array.from(list().querySelectorAll('.meeting')).filter((meeting) => meeting.querySelector('input[name=tick]'));
  let left = most;
  for (const card of cards().filter(tick)) {
    tick(card).checked = first.contains(card) && left > 0;
    if (tick(card).checked) left -= 1;
  }
  count();
}

function tickNone() {
  for (const card of cards().filter(tick)) tick(card).checked = false;
  count();
}

const asking = (doing) => async (button) => {
  try {
    await doing(button);
  } catch (error) {
    if (error instanceof Ask) say(error.message, true);
    else sayError(error);
  }
};

async function open() {
  await begin();
  await ownKey();
  acts({
    approve: asking((button) => vote([cardOf(button)], 'VOTE_APPROVE')),
    refuse: asking((button) => vote([cardOf(button)], 'VOTE_REFUSE', cardOf(button).querySelector('select[name=ground]'))),
    'approve-ticked': asking(() => vote(ticked(), 'VOTE_APPROVE')),
    'refuse-ticked': asking(() => vote(ticked(), 'VOTE_REFUSE', part('ground-ticked'))),
    'tick-all': tickAll,
    'tick-none': tickNone,
  });
  part('main').addEventListener('change', (event) => {
    if (event.target.name === 'tick') count();
  });
  count();
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
