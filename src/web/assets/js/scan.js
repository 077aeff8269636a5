// A household's card from wherever a person has it: the camera, a photograph, a paste, or behind the `#` of the
// address. The one way for every page that reads cards. Nothing that is seen is kept or sent; the camera is off as soon
// as there is a card, and whenever the page is left. What a page does with the card is its own.

import { No } from './ask.js';
import { BadCard, read as readCard } from './card.js';
import { detect, find } from './keys.js';
import { t } from './language.js';
import { act, Ask, carried, part, reloadWhenCarried, say, sayError, show } from './say.js';

// Longest side of what is searched first: a card fills a good part of the picture, and small pictures are quick.
const LONGEST = 1280;
const PAUSE_MS = 120;

// A reader of codes that this browser has itself, or ours, which comes only when it is needed.
async function makeReader() {
  const wanted = { formats: ['qr_code'] };
  try {
    const formats = await window.BarcodeDetector.getSupportedFormats();
    if (formats.includes('qr_code')) return new window.BarcodeDetector(wanted);
  } catch (error) {
    // It has none, or one that does nothing: ours does.
  }
  const { BarcodeDetector } = await import('./vendor/qr/decode.js');
  return new BarcodeDetector(wanted);
}

let reader;
async function read(picture) {
  try {
    reader = reader || makeReader();
    const [found] = await (await reader).detect(picture);
    return found && found.rawValue;
  } catch (error) {
    reader = undefined;
    throw error;
  }
}

// A picture on a canvas, its longest side no longer than `longest`.
function drawn(picture, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function fromFile(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch (error) {
    throw new Ask(t('这张照片打不开，请换一张。', 'This photograph cannot be opened; take another one.'));
  }
  const { width, height } = picture;
  for (const longest of [LONGEST, 2 * LONGEST]) {
    const text = await read(drawn(picture, width, height, longest));
    if (text) return text;
    if (Math.max(width, height) <= longest) break;
  }
  throw new Ask(t(
    '照片里没有找到二维码。请把卡放平，在亮处再拍一张。',
    'There is no code in the photograph. Lay the card flat and take another one in good light.',
  ));
}

let stream;

// Turns the camera off.
export function stop() {
  if (stream) stream.getTracks().forEach((track) => track.stop());
  stream = undefined;
  part('camera').srcObject = null;
  show('camera', false);
  show('camera-stop', false);
  show('camera-start', Boolean(navigator.mediaDevices));
}

// A card's text, and then the card: the text stays nowhere.
async function give(text, taken) {
  const card = await readCard(text);
  part('card-text').value = '';
  await taken(card);
}

// Looks through the camera until there is a card or somebody turns it off.
async function look(taken) {
  stop();
  const video = part('camera');
  let mine;
  try {
    const wanted = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } };
    mine = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    throw new Ask(t(
      '摄像头打不开：可能没有允许，也可能别的程序正在用。可以选一张照片，或者粘贴链接。',
      'The camera does not open: it was not allowed, or something else is using it. Choose a photograph, or paste the link.',
    ));
  }
  stream = mine;
  video.srcObject = mine;
  show('camera');
  show('camera-stop');
  show('camera-start', false);
  say(t('把存折上的二维码放到画面中间。', 'Hold the code on the passbook into the middle of the picture.'));
  await video.play();
  while (stream === mine) {
    const text = video.videoWidth > 0
      && await read(drawn(video, video.videoWidth, video.videoHeight, LONGEST));
    if (text && stream === mine) {
      try {
        await give(text, taken);
        stop();
        return;
      } catch (error) {
        // Another code lies in the picture: the card may still come.
        if (!(error instanceof BadCard)) {
          stop();
          throw error;
        }
        say(error.message, true);
      }
    }
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
  }
}

// Hangs up what `scan.html` shows, and calls `taken(card)` with each card; `forget()` when the page is left.
export function begin(taken, forget) {
  act(part('card-form'), 'submit', async () => {
    stop();
    await give(part('card-text').value, taken);
  });
  act(part('scan'), 'change', async () => {
    const [file] = part('scan').files;
    part('scan').value = '';
    stop();
    if (file) await give(await fromFile(file), taken);
  });
  // Not `act`: the button is free again while the camera runs.
  part('camera-start').addEventListener('click', () => {
    look(taken).catch((error) => {
      stop();
      sayError(error);
    });
  });
  part('camera-stop').addEventListener('click', () => {
    stop();
    say('');
  });
  stop();
  window.addEventListener('pagehide', () => {
    stop();
    part('card-text').value = '';
    forget();
  });
  document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); });
}

// The same for a page that begins with the card (`card-form.html`), which may stand behind the `#` of its address.
// Answers whether this browser can sign at all; where it cannot, the page says so.
export async function beginWithCard(taken, forget) {
  const given = carried();
  // The key does not stay in the address, nor in the browser's history.
  if (given) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  if ((await detect()) === 'none') {
    show('no-keys');
    return false;
  }
  begin(taken, forget);
  reloadWhenCarried();
  show('card');
  if (!given) return true;
  try {
    await give(`#${given}`, taken);
  } catch (error) {
    if (error instanceof BadCard || error instanceof No) say(error.message, true);
    else throw error;
  }
  return true;
}

// Offers the key that is signed in, on pages where it does as well as a card (`own`); away where this browser has not
// got it. `taken(key, own)`.
export async function offerOwn(taken) {
  const own = part('own');
  const key = own && (await find(own.dataset.key));
  if (own && !key) own.remove();
  if (!key) return;
  show('own');
  act(part('own-take'), 'click', async () => taken(key, own));
}
