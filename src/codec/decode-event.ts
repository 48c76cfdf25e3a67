import type { DerivedImages, EventWithImage, NoticedEvent } from '../core/event';
import { decodeImage } from './decode-image';

export interface DecodedEvent extends EventWithImage {
  readonly derived: DerivedImages | null;
}

interface EventMessage extends NoticedEvent {
  /** base64 of PNG files. */
  readonly images?: {
    readonly image?: string;
    readonly enlarged?: string;
    readonly occlusion?: string;
  };
}

/** The other way of `encodeEvent`; undefined for what is no event of this program. */
export async function decodeEvent(value: Buffer | null): Promise<DecodedEvent | undefined> {
  const message = parse(value);
  if (message === undefined) return undefined;
  const { images = {}, ...event } = message;
  const { image, enlarged, occlusion } = images;
  return {
    event,
    pixels: image === undefined ? null : await toPixels(image),
    derived:
      enlarged === undefined || occlusion === undefined
        ? null
        : { enlarged: Buffer.from(enlarged, 'base64'), occlusion: Buffer.from(occlusion, 'base64') },
  };
}

function parse(value: Buffer | null): EventMessage | undefined {
  try {
    const message = JSON.parse(String(value)) as Partial<EventMessage> | null;
    const { schemaVersion, id, rule, at, description, count } = message ?? {};
    const texts = [id, rule, at, description].every((text) => typeof text === 'string');
    return schemaVersion === 1 && texts && typeof count === 'number' ? (message as EventMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** An event whose image cannot be read is an event all the same. */
async function toPixels(base64: string): Promise<Uint8Array | null> {
  try {
    return await decodeImage(Buffer.from(base64, 'base64'), 'png', 'never');
  } catch {
    return null;
  }
}
