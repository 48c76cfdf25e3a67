import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import { IMAGE_PIXELS } from '../../core/image';
import { onTheWire } from '../openapi/json-schema';
import { badFields } from '../problems';
import { shortList } from '../schemas/request-fields';
import { validate } from '../validation';
import { parseJson } from './json-text';
import { IMAGE_SHAPES, INPUT, MAX_IMAGES } from './model-signature';
import { toFloats, toImages } from './pixels';

export const OUTPUT_NAMES = ['probabilities', 'label', 'class_name'] as const;

const parameters = z.record(z.string(), z.unknown()).optional();

const data = onTheWire(z.array(z.unknown(), { error: 'must be a list of numbers, flat or nested' }), {
  type: 'array',
  description: 'Row-major; flat or nested like the shape.',
  items: {},
});

const SHAPES = `must be ${IMAGE_SHAPES.map((one) => `[n,${one.join()}]`).join(' or ')} with n from 1 to ${MAX_IMAGES}`;

const shape = shortList(z.int('must be a whole number'), [2, 4], {
  kind: 'must be a list of whole numbers',
  length: SHAPES,
})
  .refine(isShapeOfImages, SHAPES)
  .describe(`Shape of n images: ${IMAGE_SHAPES.map((one) => `[n,${one.join()}]`).join(', ')}.`);

const input = z.strictObject({
  name: z.literal(INPUT, { error: `must be ${INPUT}` }),
  shape,
  datatype: z
    .enum(['UINT8', 'FP32'], { error: 'must be UINT8 or FP32' })
    .describe('UINT8: pixels, 0 to 255. FP32: model input, pixels / 255, 0 to 1.'),
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
  /** 784 bytes each. */
  readonly images: readonly Buffer[];
  readonly outputs: readonly RequestedOutput[];
}

/**
 * Parses a request. `headerLength` is the header `Inference-Header-Content-Length`, the length of the JSON before the
 * binary tensors. Throws BAD_REQUEST with the field, or TOO_LARGE_BYTES.
 */
export function parseInferRequest(body: Buffer, headerLength: string | undefined): InferRequest {
  const jsonLength = headerLength === undefined ? body.length : toLength(headerLength, body.length);
  const request = validate(inferRequest, parseJson(body.subarray(0, jsonLength)));
  const binaryByDefault = request.parameters?.['binary_data_output'] === true;
  const [tensor] = request.inputs as [z.output<typeof input>];
  return {
    ...(request.id !== undefined && { id: request.id }),
    images: toTensorImages(tensor, body.subarray(jsonLength)),
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

function toTensorImages(tensor: z.output<typeof input>, binary: Buffer): Buffer[] {
  const { datatype, parameters: sent, data: values } = tensor;
  const size = sent?.binary_data_size;
  const count = (tensor.shape[0] as number) * IMAGE_PIXELS;
  if ((size === undefined) === (values === undefined)) {
    throw new StreamInferError(
      'BAD_REQUEST',
      'inputs.0: must have either data or parameters.binary_data_size, and not both',
    );
  }
  if (size === undefined) {
    // No shape has more than three levels below the images.
    const flat = (values as unknown[]).flat(3);
    assertLength('inputs.0.data', flat.length, count, 'numbers');
    assertLength('the body after the JSON', binary.length, 0, 'bytes');
    return toImages(flat, datatype, 'inputs.0.data');
  }
  const bytes = count * (datatype === 'FP32' ? 4 : 1);
  assertLength('inputs.0.parameters.binary_data_size', size, bytes, 'bytes');
  assertLength('the body after the JSON', binary.length, bytes, 'bytes');
  return toImages(datatype === 'FP32' ? toFloats(binary) : binary, datatype, `the binary data of ${INPUT}`);
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

function isShapeOfImages([count = 0, ...rest]: readonly number[]): boolean {
  return count >= 1 && count <= MAX_IMAGES && IMAGE_SHAPES.some((one) => one.join() === rest.join());
}
