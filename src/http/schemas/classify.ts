import { z } from 'zod';
import { INVERT_MODES } from '../../core/image';
import { onTheWire } from '../openapi/json-schema';
import { flag, labelField, once } from './request-fields';

export const classifyQuery = z.strictObject({
  invert: z.enum(INVERT_MODES, { error: `must be one of ${INVERT_MODES.join(', ')}` }).optional(),
  id: once(256).optional(),
  pixels: flag.default(false),
});

/** Read by a worker; described here for OpenAPI only. */
export const imageEnvelope = z.looseObject({
  image: onTheWire(z.unknown(), {
    description:
      'base64 of a file or of raw pixels (height × width × channels bytes of the model), or as many numbers from 0 to 255, flat or in rows.',
    anyOf: [{ type: 'string' }, { type: 'array', items: {} }],
  }),
  id: z.string().optional(),
  label: labelField.optional(),
});

/** A form of a page, or of `curl -F`; described here for OpenAPI only. */
export const imageForm = onTheWire(z.unknown(), {
  type: 'object',
  required: ['image'],
  properties: { image: { type: 'string', contentMediaType: 'application/octet-stream' } },
  description: 'The first file is used, whatever the name of its field.',
});
