import { Transformer } from '@napi-rs/image';
import { z } from 'zod';
import { IMAGE_SIDE } from '../core/image';
import type { DerivedImages, StorableEvent } from '../core/event';
import { checkedJson, type Checked } from './checked';
import { decodeImage } from './decode-image';
import { ruleEventSchema } from './event-schema';
import { recognise } from './signatures';

export interface DecodedEvent extends StorableEvent {
  readonly derived: DerivedImages | null;
}

/** Numbers of later alerts continue from the highest one: after a huge one there is no exact number left. */
const MAX_ALERT = 2 ** 31 - 1;

/** base64 of PNG files. */
const image = z.base64().exactOptional();

const messageSchema = ruleEventSchema.extend({
  alert: z.int().min(1).max(MAX_ALERT).nullable(),
  images: z.object({ image, enlarged: image, occlusion: image }).default({}),
});

/** The inverse of `encodeEvent`: an event of this program, or why it is not one. */
export async function decodeEvent(value: Buffer | null): Promise<Checked<DecodedEvent>> {
  const message = checkedJson(messageSchema, value);
  if ('problem' in message) return message;
  const {
    images: { image: original, enlarged, occlusion },
    ...event
  } = message.value;
  return {
    value: { event, pixels: await toPixels(original), derived: toDerived(enlarged, occlusion) },
  };
}

/** An event with an unreadable image is still a valid event. */
async function toPixels(base64: string | undefined): Promise<Uint8Array | null> {
  if (base64 === undefined) return null;
  const file = Buffer.from(base64, 'base64');
  try {
    const { pixels } = await decodeImage(file, 'png', 'never');
    return isSmallGrey(file) ? pixels : file;
  } catch {
    return null;
  }
}

/** Called for a file that was decoded. */
function isSmallGrey(file: Buffer): boolean {
  const picture = new Transformer(file);
  const { width, height } = picture.metadataSync();
  if (width !== IMAGE_SIDE || height !== IMAGE_SIDE) return false;
  const rgba = new Transformer(file).rawPixelsSync();
  if (rgba.length !== width * height * 4) return true;
  return rgba.every((value, at) => at % 4 === 3 || value === rgba[at - (at % 4)]);
}

/** Shown unchanged; anything that is not a PNG file is removed. */
function toDerived(enlarged: string | undefined, occlusion: string | undefined): DerivedImages | null {
  const files = [enlarged, occlusion].map((base64) => Buffer.from(base64 ?? '', 'base64'));
  if (files.some((file) => recognise(file)?.format !== 'png')) return null;
  const [first, second] = files as [Buffer, Buffer];
  return { enlarged: first, occlusion: second };
}
