// One way to ask the bank: a POST of JSON to our own host. An answer "no" is thrown as `No` with its reason and its
// sentence. Whether the bank heard at all is told apart: below 500 it answered, and would say the same again; from
// 500 on, or without any answer, nobody knows, and the same bytes may be sent again (`NoAnswer`).

import { t } from './language.js';

export class No extends Error {
  constructor(status, { reason, message, metadata }) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.metadata = metadata || {};
  }
}

export class NoAnswer extends Error {}

const NOT_REACHED = t(
  '没有连上银行，办没办成还不知道。请看看网络，再送一次；同一件事不会办两次。',
  'The bank was not reached, and nobody knows whether this was done. Look at the network and send it again; nothing is done twice.',
);

// `headers` are further ones: a card shows its key in one.
export function post(path, body, headers = {}) {
  const json = { headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body || {}) };
  return send(path, json);
}

// What the bank keeps of one document at most. It says no to more before it has read it, and a browser that is still
// sending takes that for a lost network: so it is measured here.
const DOCUMENT_MOST = 4 * 1024 * 1024;

// Sends a photograph or paper; answers its address.
export async function putDocument(kind, blob, headers = {}) {
  if (blob.size > DOCUMENT_MOST) {
    throw new No(413, {
      reason: 'DOCUMENT_TOO_LARGE',
      message: t('文件太大，最多 4 MB。请换小一些的再传。', 'The file is too large; 4 MB is the most. Send a smaller one.'),
    });
  }
  return send(`/api/document?kind=${encodeURIComponent(kind)}`, { headers, body: blob });
}

// Has a sheet of households checked for a branch: `{homes, faults, more}`. Nothing is written.
export const checkSheet = (branch, file) =>
  send(`/api/sheet?branch=${encodeURIComponent(branch)}`, { headers: {}, body: file });

async function send(path, request) {
  let response;
  let answer;
  try {
    const way = { method: 'POST', credentials: 'same-origin', cache: 'no-store', redirect: 'error' };
    response = await fetch(path, { ...way, ...request });
    if (response.status === 204) return {};
    answer = await response.json();
  } catch (error) {
    throw new NoAnswer(NOT_REACHED);
  }
  if (response.ok) return answer;
  if (response.status >= 500 || response.status === 429 || !answer.reason) {
    throw new NoAnswer(answer.message || NOT_REACHED);
  }
  throw new No(response.status, answer);
}
