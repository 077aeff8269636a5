// Photographs as they are sent: drawn anew on a canvas, upright and at most 1600 pixels long. Where, when and with
// which phone they were taken stays behind with the file.

import { t } from './language.js';
import { Ask } from './say.js';

const LONGEST = 1600;
const QUALITY = 0.85;

export class BadPhoto extends Ask {}

export async function prepared(file) {
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    try {
      await picture.decode();
    } catch (error) {
      throw new BadPhoto(t('这张照片打不开，请换一张。', 'This photograph cannot be opened; take another one.'));
    }
    // An image element is as upright as the camera said; so is what is drawn from it.
    const scale = Math.min(1, LONGEST / Math.max(picture.naturalWidth, picture.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
    const pen = canvas.getContext('2d');
    // What was transparent is white, not black.
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', QUALITY); });
    if (!blob) throw new BadPhoto(t('这张照片太大，手机处理不了，请换一张。', 'This photograph is too large for the phone; take another one.'));
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
