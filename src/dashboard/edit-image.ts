import { imageTypeOf, kindOf } from './message-value';
import { sizeOfImage } from './model';

/** Changes of an image; the crop is in percent of each side, before the rotation. */
export interface ImageEdit {
  /** Quarter turns, clockwise. */
  readonly turns: number;
  readonly invert: boolean;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const NO_EDIT: ImageEdit = { turns: 0, invert: false, left: 0, top: 0, right: 0, bottom: 0 };

export function isEdited(edit: ImageEdit): boolean {
  return (Object.keys(NO_EDIT) as (keyof ImageEdit)[]).some((field) => edit[field] !== NO_EDIT[field]);
}

/** null for bytes that the browser cannot read as an image. */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>): Promise<ImageBitmap | null> {
  if (kindOf(bytes) === 'pixels') return await createImageBitmap(greyImage(bytes));
  const type = imageTypeOf(bytes);
  if (type === undefined) return null;
  return await createImageBitmap(new Blob([bytes], { type })).catch(() => null);
}

/** The changed image as a PNG file. */
export async function applyEdit(image: ImageBitmap, edit: ImageEdit): Promise<Blob> {
  const { turns, invert, left, top, right, bottom } = edit;
  const width = Math.max(1, Math.round((image.width * (100 - left - right)) / 100));
  const height = Math.max(1, Math.round((image.height * (100 - top - bottom)) / 100));
  const upright = turns % 2 === 0;
  const canvas = new OffscreenCanvas(upright ? width : height, upright ? height : width);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser cannot draw images.');
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((turns * Math.PI) / 2);
  const [x, y] = [Math.round((image.width * left) / 100), Math.round((image.height * top) / 100)];
  context.drawImage(image, x, y, width, height, -width / 2, -height / 2, width, height);
  if (invert) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = 'difference';
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  return await canvas.convertToBlob({ type: 'image/png' });
}

export async function toBase64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  // In parts: a call takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 8_192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

function greyImage(bytes: Uint8Array): ImageData {
  const { width, height } = sizeOfImage(bytes.length);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) data.set([bytes[i]!, bytes[i]!, bytes[i]!, 255], i * 4);
  return new ImageData(data, width, height);
}
