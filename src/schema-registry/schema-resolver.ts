import type { Answer, MessageValue, Resolution, ValueResolver } from '../core/resolver';
import { framedIn, type Framed } from './frame';
import { invalid } from './invalid';
import type { KnownSchema, SchemaCache } from './schema-cache';
import { toResolution } from './to-resolution';

/** Puts the image of a record with a registered schema in the place of its value. Other values stay as they are. */
export function createSchemaResolver(
  schemas: Pick<SchemaCache, 'find'>,
  { maxBytes, pixels }: { readonly maxBytes: number; readonly pixels: () => number },
): ValueResolver {
  return {
    resolve: ({ value, headers }: MessageValue): Answer => {
      const framed = value === null ? null : framedIn(value, headers);
      if (value === null || framed === null) return null;
      if (value.length > maxBytes) {
        const message = `the message has ${value.length} bytes; the limit is ${maxBytes}`;
        return { kind: 'refused', code: 'TOO_LARGE_BYTES', message };
      }
      const mayBePixels = framed.record === undefined && value.length === pixels();
      const known = schemas.find(framed.schema);
      return isFinal(known)
        ? read(framed, known, mayBePixels)
        : known.then((found) => (found.kind === 'postponed' ? found : read(framed, found, mayBePixels)));
    },
  };
}

/** Raw pixels may begin like a frame: without such a record they stay as they are. */
function read(framed: Framed, known: KnownSchema, mayBePixels: boolean): Resolution | null {
  const resolution = readRecord(framed, known);
  return mayBePixels && resolution.kind === 'refused' ? null : resolution;
}

function readRecord(framed: Framed, known: KnownSchema): Resolution {
  if (known.kind === 'refused') return known;
  try {
    const value = known.reader.envelopeIn?.(framed);
    if (value !== undefined) return { kind: 'resolved', value, contentType: 'application/json' };
    return toResolution(known.reader.read(framed));
  } catch (error) {
    return invalid(error);
  }
}

function isFinal(known: KnownSchema | Promise<unknown>): known is KnownSchema {
  return 'kind' in known;
}
