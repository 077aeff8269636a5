// A card's text from wherever a person has it: the camera, a photograph, or a paste. The one way for every page that
// reads cards. Nothing that is seen is kept or sent; the camera is off as soon as there is a card, and whenever the
// page is left.

import { BadCard } from './card.js';
import { act, Ask, part, say, sayError, show } from './say.js';

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
    throw new Ask('这张照片打不开，请换一张。');
  }
  const { width, height } = picture;
  for (const longest of [LONGEST, 2 * LONGEST]) {
    const text = await read(drawn(picture, width, height, longest));
    if (text) return text;
    if (Math.max(width, height) <= longest) break;
  }
  throw new Ask('照片里没有找到二维码。请把卡放平，在亮处再拍一张。');
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

// Looks through the camera until there is a card or somebody turns it off.
async function look(take) {
  stop();
  const video = part('camera');
  let mine;
  try {
    const wanted = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } };
    mine = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    throw new Ask('摄像头打不开：可能没有允许，也可能别的程序正在用。可以选一张照片，或者粘贴链接。');
  }
  stream = mine;
  video.srcObject = mine;
  show('camera');
  show('camera-stop');
  show('camera-start', false);
  say('把存折上的二维码放到画面中间。');
  await video.play();
  while (stream === mine) {
    const text = video.videoWidth > 0
      && await read(drawn(video, video.videoWidth, video.videoHeight, LONGEST));
    if (text && stream === mine) {
      try {
        await take(text);
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

// Hangs up what `scan.html` shows. `take` gets a card's text and throws `BadCard` where it is none.
export function begin(take) {
  act(part('card-form'), 'submit', async () => {
    stop();
    await take(part('card-text').value);
  });
  act(part('scan'), 'change', async () => {
    const [file] = part('scan').files;
    part('scan').value = '';
    stop();
    if (file) await take(await fromFile(file));
  });
  // Not `act`: the button is free again while the camera runs.
  part('camera-start').addEventListener('click', () => {
    look(take).catch((error) => {
      stop();
      sayError(error);
    });
  });
  part('camera-stop').addEventListener('click', () => {
    stop();
    say('');
  });
  stop();
  window.addEventListener('pagehide', stop);
  document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); });
}
