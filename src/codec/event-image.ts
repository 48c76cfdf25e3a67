import type { EventWithImage } from '../core/event';
import { DEFAULT_SIZE, isDefaultSize, thumbnailOf, thumbnailSize } from '../core/picture';
import { encodePng } from './picture-png';
import { recognise } from './signatures';

/** The image of an event as it is stored: 28×28 grey pixels as they are, any other as a PNG file of a thumbnail. */
export function storedImage({ pixels, imageSize = DEFAULT_SIZE }: Pictured): Uint8Array | null {
  if (pixels === null || isDefaultSize(imageSize)) return pixels;
  return new Uint8Array(toPng({ pixels, imageSize }));
}

/** The PNG file of a stored image. */
export function storedImagePng(stored: Uint8Array): Buffer {
  if (recognise(stored)?.format === 'png') return Buffer.from(stored);
  return encodePng({ ...DEFAULT_SIZE, pixels: stored }, 1);
}

/** The image of an event as a PNG file, at most as large as a thumbnail. */
export function eventPng({ pixels, imageSize = DEFAULT_SIZE }: Pictured): Buffer | null {
  return pixels === null ? null : toPng({ pixels, imageSize });
}

type Pictured = Pick<EventWithImage, 'pixels' | 'imageSize'>;

function toPng({
  pixels,
  imageSize,
}: { readonly [Key in keyof Pictured]-?: NonNullable<Pictured[Key]> }): Buffer {
  return encodePng({ ...thumbnailSize(imageSize), pixels: thumbnailOf(pixels, imageSize) }, 1);
}
