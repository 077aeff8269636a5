// Offices and keys. An invitation's key pair is made here: its seed stands in the link alone, which is shown once and
// never goes to the bank.

import { toBase64Url } from './bytes.js';
import * as command from './command.js';
import { clean, toFirst, whole, wrong } from './fields.js';
import * as keys from './keys.js';
import { t } from './language.js';
import { acts, ownKey, refresh } from './list.js';
import { picture } from './qr-picture.js';
import { begin, signAndSend } from './signing.js';
import { act, part, say, sayError, show } from './say.js';

const form = () => part('who');
const chosen = (id) => part(id).selectedOptions[0].textContent;

// Whom it is about: `{field, id, words}`; undefined where that is not filled in.
function who() {
  const [branch, kind] = [part('who-branch').value, part('who-kind').value];
  const number = whole(part('who-number').value, 1, kind === 'terminal' ? 999 : 99);
  const home = kind === 'member' ? whole(part('who-home').value, 1, 99999) : 0;
  if (number === undefined) wrong(part('who-number'), kind === 'terminal' ? t('请填 1～999。', 'Type 1 to 999.') : t('请填 1～99。', 'Type 1 to 99.'));
  if (home === undefined) wrong(part('who-home'), t('请填 5 位户号，例如 00012。', "Type the household's number of 5 digits, such as 00012."));
  if (number === undefined || home === undefined) return undefined;
  const place = chosen('who-branch');
  if (kind === 'terminal') return { field: 'terminal', id: `${branch}-t${number}`, words: t(`${place} ${number} 号终端`, `${place} terminal ${number}`) };
  const serial = String(home).padStart(5, '0');
  const words = kind === 'staff' ? t(`${place} ${number} 号工作人员`, `${place} staff member ${number}`) : t(`${place} ${serial} 号户 ${number} 号成员`, `${place} member ${number} of household ${serial}`);
  return { field: 'person', id: `${branch}-${serial}-${number}`, words };
}

async function invite() {
  const key = await ownKey();
  if (!key) return;
  clean(form());
  const whom = who();
  const days = whole(part('invite-days').value, 1, Number(part('invite-days').dataset.most));
  if (days === undefined) wrong(part('invite-days'), t(`请填 1～${part('invite-days').dataset.most}。`, `Type 1 to ${part('invite-days').dataset.most}.`));
  if (toFirst(form())) return;
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const pair = await keys.fromSeed(seed);
  const asked = {
    invitationKey: command.keyField(pair.publicKey),
    [whom.field]: whom.id,
    // A minute less: the most that may be is counted from when the bank writes it.
    expireTime: new Date(command.now() + days * 24 * 3600 * 1000 - 60000).toISOString(),
  };
  if (part('invite-until').value) asked.keyValidUntil = part('invite-until').value;
  const words = t(`邀请${whom.words}登记密钥，${days} 天内接受`, `Invite ${whom.words} to enrol a key, to be accepted within ${days} days`);
  const receipt = await signAndSend({ body: { invite: asked }, words, key });
  if (!receipt) return;
  const link = `${window.location.origin}/join#${toBase64Url(seed)}`;
  part('link-for').textContent = t(`给${whom.words}，${days} 天内接受。`, `For ${whom.words}, to be accepted within ${days} days.`);
  part('link').value = link;
  part('link-qr').replaceChildren(picture(link, t('邀请链接的二维码', "QR code of the invitation's link")));
  await refresh();
  show('link-card');
  part('link-title').focus();
}

async function copy() {
  const field = part('link');
  try {
    await navigator.clipboard.writeText(field.value);
    say(t('复制好了。', 'Copied.'));
  } catch (error) {
    field.focus();
    field.select();
    say(t('浏览器不让复制，已经选中，请自己复制。', 'The browser does not let this page copy. The link is selected: copy it yourself.'), true);
  }
}

async function appoint() {
  const key = await ownKey();
  if (!key) return;
  clean(form());
  const [whom, role] = [who(), part('appoint-role')];
  if (!role.value) wrong(role, t('请选职务。', 'Choose an office.'));
  if (whom && whom.field === 'terminal') wrong(part('who-number'), t('终端不能任职。', 'A terminal holds no office.'));
  const branch = part('appoint-branch').value;
  const asked = { role: role.value, branch };
  if (role.value === 'ROLE_COMMITTEE' && part('appoint-chair').checked) asked.chair = true;
  if (role.value === 'ROLE_LIAISON') {
    const serials = part('appoint-homes').value.split(/[、，,\s]+/).filter(Boolean).map((text) => whole(text, 1, 99999));
    if (serials.includes(undefined)) wrong(part('appoint-homes'), t('请填 5 位户号，用“、”隔开。', 'Type numbers of 5 digits, with commas between.'));
    else asked.households = serials.map((serial) => `${branch}-${String(serial).padStart(5, '0')}`);
  }
  if (part('appoint-until').value) asked.validUntil = part('appoint-until').value;
  if (toFirst(form())) return;
  asked.person = whom.id;
  const words = t(`任命${whom.words}：${chosen('appoint-branch')}${asked.chair ? '评价委员会主任' : chosen('appoint-role')}`, `Appoint ${whom.words}: ${asked.chair ? 'chair of the committee' : chosen('appoint-role')} of ${chosen('appoint-branch')}`);
  const receipt = await signAndSend({ body: { appoint: asked }, words, key });
  if (receipt) await refresh();
}

async function dismiss(button) {
  const key = await ownKey();
  if (!key) return;
  const holder = button.closest('li');
  const asked = { person: holder.dataset.id, role: button.dataset.role, branch: holder.dataset.branch };
  const words = t(`免去${holder.dataset.name}的职务：${button.dataset.text}`, `Dismiss ${holder.dataset.name}: ${button.dataset.text}`);
  const receipt = await signAndSend({ body: { dismiss: asked }, words, key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function revoke(button) {
  const key = await ownKey();
  if (!key) return;
  const { dataset } = button.closest('.key');
  const ground = button.closest('details').querySelector('select[name=ground]');
  if (!ground.value) {
    ground.focus();
    say(t('请先选理由。', 'Choose a reason first.'), true);
    return;
  }
  const asked = { publicKey: command.keyField(dataset.key), ground: ground.value };
  const words = t(`作废${button.closest('li').dataset.name}的密钥 ${dataset.short}…（${ground.selectedOptions[0].textContent}）`, `Revoke the key ${dataset.short}… of ${button.closest('li').dataset.name} (${ground.selectedOptions[0].textContent})`);
  const receipt = await signAndSend({ body: { revokeKey: asked }, words, key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function cancel(button) {
  const key = await ownKey();
  if (!key) return;
  const { key: invitation, short } = button.closest('li').dataset;
  const body = { cancelInvitation: { invitationKey: command.keyField(invitation) } };
  const receipt = await signAndSend({ body, words: t(`取消邀请：${short}`, `Cancel the invitation: ${short}`), key, refused: () => refresh() });
  if (receipt) await refresh();
}

async function open() {
  await begin();
  await ownKey();
  part('who-kind').addEventListener('change', () => {
    show('who-home-row', part('who-kind').value === 'member');
    part('who-number-label').textContent = part('who-kind').value === 'member' ? t('几号成员', "Member's number") : t('几号', 'Number');
  });
  part('appoint-role').addEventListener('change', () => {
    show('appoint-chair-row', part('appoint-role').value === 'ROLE_COMMITTEE');
    show('appoint-homes-row', part('appoint-role').value === 'ROLE_LIAISON');
  });
  form().addEventListener('submit', (event) => event.preventDefault());
  act(part('invite'), 'click', invite);
  act(part('appoint'), 'click', appoint);
  act(part('copy'), 'click', copy);
  acts({ dismiss, revoke, cancel });
  document.documentElement.dataset.ready = 'yes';
}

open().catch(sayError);
