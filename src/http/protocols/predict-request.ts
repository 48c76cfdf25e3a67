import { z } from 'zod';
import { onTheWire } from '../openapi/json-schema';
import { badFields } from '../problems';
import { validate } from '../validation';
import { parseJson } from './json-text';
import type { RequestedImage } from './classify-with-one-version';
import { fromBase64 } from './encoded-images';
import { assertAnswerable, INPUT, listShapes, type RequestedModel } from './model-signature';
import { toImages, toNumbers } from './pixels';

export const SIGNATURE = 'serving_default';

const NUMBERS = { type: 'array', items: {} };
const B64 = {
  type: 'object',
  required: ['b64'],
  additionalProperties: false,
  properties: {
    b64: { type: 'string', description: 'Base64 of a PNG, JPEG or WebP file, or of raw pixels.' },
  },
};
const IMAGE = { anyOf: [NUMBERS, B64] };
const NAMED = {
  type: 'object',
  required: [INPUT],
  additionalProperties: false,
  properties: { [INPUT]: IMAGE },
};
const IMAGES = { type: 'array', minItems: 1, items: IMAGE };

const instances = onTheWire(z.array(z.unknown(), { error: 'must be a list of images' }), {
  ...IMAGES,
  items: { anyOf: [NUMBERS, B64, NAMED] },
  description:
    'Row format: one image per item. Numbers are what the model is fed after its preprocessing, such as pixels / 255.',
});
const inputs = onTheWire(z.unknown(), {
  anyOf: [IMAGES, { ...NAMED, properties: { [INPUT]: IMAGES } }],
  description: 'Columnar format: all images of the only input.',
});

/** TensorFlow Serving's REST API, version 1: the body of `:predict`. */
export const predictRequest = z.strictObject(
  {
    signature_name: z.enum([SIGNATURE, ''], { error: `must be ${SIGNATURE}` }).optional(),
    instances: instances.optional(),
    inputs: inputs.optional(),
  },
  { error: 'must be an object with instances or inputs' },
);

export interface PredictRequest {
  readonly format: 'row' | 'columnar';
  readonly images: readonly RequestedImage[];
}

/** Parses a request. Throws BAD_REQUEST with the field, or TOO_LARGE_BYTES. */
export function parsePredictRequest(body: Buffer, requested: RequestedModel): PredictRequest {
  const request = validate(predictRequest, parseJson(body, requested));
  if ((request.instances === undefined) === (request.inputs === undefined)) {
    throw badFields([
      { field: 'body', value: 'both or none', message: 'must have either instances or inputs' },
    ]);
  }
  const [format, field, sent] =
    request.instances !== undefined
      ? (['row', 'instances', request.instances] as const)
      : (['columnar', 'inputs', withoutName(request.inputs)] as const);
  if (!Array.isArray(sent) || sent.length < 1) {
    const value = Array.isArray(sent) ? `${sent.length} images` : typeof sent;
    throw badFields([{ field, value, message: 'must be a list of at least one image' }]);
  }
  assertAnswerable(sent.length, requested);
  return {
    format,
    images: sent.map((image: unknown, at) => toImage(withoutName(image), `${field}.${at}`, requested)),
  };
}

/** Unwraps `{"image": …}`, which is equivalent to the image because there is only one input. */
function withoutName(value: unknown): unknown {
  return isObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, INPUT)
    ? value[INPUT]
    : value;
}

function toImage(image: unknown, field: string, { input }: RequestedModel): RequestedImage {
  if (isObject(image) && Object.keys(image).length === 1 && typeof image['b64'] === 'string')
    return fromBase64(image['b64']);
  const shapes = input.shapes.FP32;
  if (!Array.isArray(image) || !shapes.some((shape) => hasShape(image, shape))) {
    const value = Array.isArray(image) ? `a list of ${image.length}` : (JSON.stringify(image) ?? 'nothing');
    const message = `must be ${listShapes(shapes, false)} numbers, or {"b64": "…"}`;
    throw badFields([{ field, value: value.slice(0, 60), message }]);
  }
  const values = image.flat(2) as unknown[];
  if (input.takesNumbers) return toNumbers(values, input, field)[0] as Float32Array;
  const [bytes] = toImages(values, 'FP32', input, field);
  return { bytes: bytes as Buffer };
}

function hasShape(value: unknown, [length, ...inner]: readonly number[]): boolean {
  if (length === undefined) return true;
  return Array.isArray(value) && value.length === length && value.every((one) => hasShape(one, inner));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
