import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import { onTheWire } from '../openapi/json-schema';
import { badFields } from '../problems';
import { shortList } from '../schemas/request-fields';
import { validate } from '../validation';
import { parseJson } from './json-text';
import type { RequestedImage } from './classify-with-one-version';
import { assertAnswerable, INPUT, listShapes, type RequestedModel } from './model-signature';
import type { ModelInput, PixelType } from './model-input';
import { toEncoded, toPrefixed } from './encoded-images';
import { toFloats, toImages, toNumbers } from './pixels';

export const OUTPUT_NAMES = ['probabilities', 'label', 'class_name'] as const;

const parameters = z.record(z.string(), z.unknown()).optional();

const data = onTheWire(z.array(z.unknown(), { error: 'must be a list, flat or nested' }), {
  type: 'array',
  description: 'Row-major; flat or nested like the shape. BYTES: base64 of each file.',
  items: {},
});

const SIZES = 'must be a list of 1 to 4 whole numbers';

const shape = shortList(z.int('must be a whole number').min(0, 'must not be negative'), [1, 4], {
  kind: SIZES,
  length: SIZES,
}).describe(
  'UINT8: n, height, width, channels. FP32: n and the layout of the model. Channels of grey images and the sizes may be ' +
    'flattened. BYTES: n, or n and 1.',
);

const input = z.strictObject({
  name: z.literal(INPUT, { error: `must be ${INPUT}` }),
  shape,
  datatype: z
    .enum(['UINT8', 'FP32', 'BYTES'], { error: 'must be UINT8, FP32 or BYTES' })
    .describe(
      'UINT8: pixels, 0 to 255. FP32: what the model is fed after its preprocessing, such as pixels / 255. ' +
        'BYTES: PNG, JPEG or WebP files.',
    ),
  parameters: z
    .looseObject({ binary_data_size: z.int('must be a whole number').min(0).optional() })
    .optional(),
  data: data.optional(),
});

const output = z.strictObject({
  name: z.enum(OUTPUT_NAMES, { error: `must be one of ${OUTPUT_NAMES.join(', ')}` }),
  parameters: z
    .looseObject({
      binary_data: z.boolean().optional(),
      classification: z
        .int()
        .min(0)
        .optional()
        .describe('Number of top classes to return instead of probabilities.'),
    })
    .optional(),
});

/** Open Inference Protocol, version 2: the JSON part of a request. */
export const inferRequest = z.strictObject(
  {
    id: z.string('must be a text').max(256, 'must have at most 256 characters').optional(),
    parameters,
    inputs: shortList(input, [1, 1], {
      kind: 'must be a list of one input',
      length: `must be one input, named ${INPUT}`,
    }),
    outputs: shortList(output, [0, OUTPUT_NAMES.length], {
      kind: 'must be a list',
      length: `must have at most ${OUTPUT_NAMES.length} outputs`,
    })
      .refine(areDifferent, 'must list each output once')
      .optional()
      .describe('Each at most once; default: probabilities and label.'),
  },
  { error: 'must be an object with inputs' },
);

export interface RequestedOutput {
  readonly name: (typeof OUTPUT_NAMES)[number];
  readonly binary: boolean;
  /** Number of top classes to return instead of the probabilities. */
  readonly classes?: number;
}

export interface InferRequest {
  readonly id?: string;
  readonly images: readonly RequestedImage[];
  readonly outputs: readonly RequestedOutput[];
}

/**
 * Parses a request. `headerLength` is the header `Inference-Header-Content-Length`, the length of the JSON before the
 * binary tensors. Throws BAD_REQUEST with the field, or TOO_LARGE_BYTES.
 */
export function parseInferRequest(
  body: Buffer,
  headerLength: string | undefined,
  requested: RequestedModel,
): InferRequest {
  const jsonLength = headerLength === undefined ? body.length : toLength(headerLength, body.length);
  const json = parseJson(body.subarray(0, jsonLength), requested);
  const binary = { bytes: body.subarray(jsonLength), field: 'inputs.0.parameters.binary_data_size' };
  return readInferRequest(json, binary, requested);
}

/** The binary tensor of a request, and the field that an error about it names. */
export interface BinaryTensor {
  readonly bytes: Buffer;
  readonly field: string;
}

/** The same, for a request that is not JSON text. */
export function readInferRequest(
  json: unknown,
  binary: BinaryTensor,
  requested: RequestedModel,
): InferRequest {
  const request = validate(inferRequest, json);
  const binaryByDefault = request.parameters?.['binary_data_output'] === true;
  const [tensor] = request.inputs as [z.output<typeof input>];
  return {
    ...(request.id !== undefined && { id: request.id }),
    images: toTensorImages(tensor, binary, requested),
    outputs: (request.outputs ?? [{ name: 'probabilities' }, { name: 'label' }]).map(
      ({ name, parameters: requested }: z.output<typeof output>) => ({
        name,
        binary: requested?.binary_data ?? binaryByDefault,
        ...(requested?.classification && { classes: requested.classification }),
      }),
    ),
  };
}

function toLength(header: string, available: number): number {
  const length = /^\d{1,9}$/.test(header) ? Number(header) : NaN;
  if (length <= available) return length;
  throw badFields([
    {
      field: 'Inference-Header-Content-Length',
      value: header.slice(0, 60),
      message: `must be a number of bytes, at most the ${available} of the body`,
    },
  ]);
}

function toTensorImages(
  tensor: z.output<typeof input>,
  binary: BinaryTensor,
  requested: RequestedModel,
): readonly RequestedImage[] {
  const { datatype, parameters: sent, data: values } = tensor;
  const images = imagesIn(tensor, requested);
  assertAnswerable(images, requested);
  const size = sent?.binary_data_size;
  if ((size === undefined) === (values === undefined)) {
    throw new StreamInferError(
      'BAD_REQUEST',
      'inputs.0: must have either data or parameters.binary_data_size, and not both',
    );
  }
  if (size !== undefined) {
    assertLength('the body after the JSON', binary.bytes.length, size, 'bytes');
    return fromBinary(datatype, binary, images, requested);
  }
  // No shape has more than three levels below the images.
  const flat = (values as unknown[]).flat(3);
  assertLength('the body after the JSON', binary.bytes.length, 0, 'bytes');
  if (datatype === 'BYTES') {
    assertLength('inputs.0.data', flat.length, images, 'texts');
    return toEncoded(flat, 'inputs.0.data');
  }
  assertLength('inputs.0.data', flat.length, images * requested.input.size, 'numbers');
  return ofValues(flat, datatype, requested.input, 'inputs.0.data');
}

function fromBinary(
  datatype: z.output<typeof input>['datatype'],
  { bytes: binary, field: sizeField }: BinaryTensor,
  images: number,
  { input: { size }, input: model }: RequestedModel,
): readonly RequestedImage[] {
  const field = `the binary data of ${INPUT}`;
  if (datatype === 'BYTES') return toPrefixed(binary, images, field);
  const bytes = images * size * (datatype === 'FP32' ? 4 : 1);
  assertLength(sizeField, binary.length, bytes, 'bytes');
  return ofValues(datatype === 'FP32' ? toFloats(binary) : binary, datatype, model, field);
}

function ofValues(
  values: ArrayLike<unknown>,
  datatype: PixelType,
  input: ModelInput,
  field: string,
): readonly RequestedImage[] {
  if (datatype === 'FP32' && input.takesNumbers) return toNumbers(values, input, field);
  return toImages(values, datatype, input, field).map((bytes) => ({ bytes }));
}

function assertLength(field: string, found: number, expected: number, what: string): void {
  if (found !== expected)
    throw badFields([
      { field, value: `${found} ${what}`, message: `must be ${expected} ${what} for this shape` },
    ]);
}

function areDifferent(outputs: readonly { name: string }[]): boolean {
  return new Set(outputs.map(({ name }) => name)).size === outputs.length;
}

/** Number of images in the tensor. Throws BAD_REQUEST for a shape that the model does not have. */
function imagesIn(
  { datatype, shape: [count = 0, ...rest] }: z.output<typeof input>,
  { input: { shapes } }: RequestedModel,
): number {
  const accepted = datatype === 'BYTES' ? [[], [1]] : shapes[datatype];
  if (count >= 1 && accepted.some((one) => one.join() === rest.join())) return count;
  const listed = datatype === 'BYTES' ? '[n] or [n,1]' : listShapes(accepted);
  const message = `must be ${listed} with n at least 1 for ${datatype}`;
  throw badFields([{ field: 'inputs.0.shape', value: `[${[count, ...rest].join()}]`, message }]);
}
