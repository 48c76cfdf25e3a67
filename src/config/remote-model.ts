import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { DEFAULT_MODEL } from '../core/default-model';
import { StreamInferError } from '../core/errors';
import { hasScheme, isAddress, REMOTE_PROTOCOLS, TENSORS, UNSUPPORTED_SCHEME } from '../core/remote-model';
import type { AcrossProblem } from './across-problem';
import { duration } from './duration-schema';
import { isTree, mergeLayers, setAt, type ConfigLayer } from './layers';

const side = z.number().int().positive().max(8192);
const perChannel = z.array(z.number()).min(1).max(3);

/** Headers that follow from the request; others could make it unreadable, or its answer. */
const RESERVED_HEADERS = new Set([
  ...[
    'accept-encoding',
    'connection',
    'content-encoding',
    'content-length',
    'content-type',
    'expect',
    'host',
  ],
  ...['inference-header-content-length', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

const headerValue = z
  .string()
  .refine(fitsHeader, 'expected text that fits a header: without line breaks, and Latin-1 only');

function fitsHeader(value: string): boolean {
  try {
    validateHeaderValue('x', value);
    return true;
  } catch {
    return false;
  }
}

/** A model at a server. Fields without a default are read from the server's metadata. */
export const remoteModelSchema = z
  .strictObject({
    url: z
      .string()
      .optional()
      .describe(
        'Address of a remote model, its server or its endpoint; the same as an address in inference.model.',
      ),
    protocol: z
      .enum(REMOTE_PROTOCOLS)
      .default('open-inference')
      .describe('Protocol of the remote model; custom: one image file per request.'),
    name: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('Name of the remote model, unless it is in the address.'),
    version: z
      .string()
      .regex(/^[\w.-]+$/, 'expected text such as "3"')
      .optional()
      .describe('Version of the remote model.'),
    token: headerValue.min(1).optional().describe('Bearer token of each request to the remote model.'),
    headers: z
      .record(z.string().regex(/^[\w-]+$/, 'expected the name of a header'), headerValue)
      .superRefine((headers, context) => {
        const reserved = Object.keys(headers).filter((name) => RESERVED_HEADERS.has(name.toLowerCase()));
        for (const name of reserved)
          context.addIssue({
            code: 'custom',
            path: [name],
            message: 'stream-infer sets this header; remove it',
          });
      })
      .default({})
      .describe('Further headers of each request, such as an API key.'),
    labels: z
      .array(z.string().min(1))
      .min(2)
      .max(100_000)
      .refine((names) => new Set(names).size === names.length, 'expected different names')
      .optional()
      .describe('Class names in the order of the scores; class 0 … if absent. Required with custom.'),
    timeout: duration
      .prefault('10s')
      .refine((ms) => ms >= 10 && ms <= 600_000, 'a time-out is at least 10ms and at most 10m')
      .describe('Time limit of one request.'),
    maxBatch: z
      .number()
      .int()
      .positive()
      .max(4096)
      .default(32)
      .describe('Largest number of images of one request.'),
    input: z
      .strictObject({
        width: side.optional().describe('Width of the images, in pixels.'),
        height: side.optional().describe('Height of the images, in pixels.'),
        color: z.enum(['grey', 'rgb', 'bgr']).optional().describe('Channels of the images; rgb if unknown.'),
        layout: z.enum(['nhwc', 'nchw']).optional().describe('Order of the numbers.'),
        tensor: z
          .enum(TENSORS)
          .optional()
          .describe(
            'Form of the images: uint8 (pixels), fp32 (preprocessed) or bytes (files as they were sent).',
          ),
        name: z.string().min(1).optional().describe('Name of the input tensor.'),
        scale: z
          .number()
          .default(1 / 255)
          .describe('With fp32: factor of each pixel.'),
        offset: z.number().default(0).describe('With fp32: added after scale.'),
        mean: perChannel.optional().describe('With fp32: subtracted after offset, one per channel.'),
        std: perChannel
          .refine((values) => !values.includes(0), 'expected numbers other than 0')
          .optional()
          .describe('With fp32: divisor after mean, one per channel.'),
      })
      .prefault({}),
    output: z
      .strictObject({
        name: z.string().min(1).optional().describe('Name of the output tensor with the scores.'),
        activation: z
          .enum(['none', 'softmax', 'sigmoid'])
          .default('none')
          .describe('Applied to the scores; softmax or sigmoid for a model that answers logits.'),
        top: z
          .number()
          .int()
          .positive()
          .optional()
          .describe('Classes in a prediction, best first; 10 with more than 100 classes.'),
      })
      .prefault({}),
  })
  .prefault({});

/**
 * One spelling for each setting of a remote model: `model.url` becomes `inference.model`, and the fields of an object in
 * `inference.model` become those of `model`. So a flag, variable or file overrides the others as for any setting.
 * Throws CONFIG_INVALID where both are set in one place.
 */
export function withOneSpelling(layer: ConfigLayer): ConfigLayer {
  const own = mergeLayers([layer]);
  const { inference } = own.values;
  rejectTwoAddresses(own);
  if (isTree(inference) && isTree(inference['model'])) {
    move(own, ['inference', 'model'], ['model']);
    delete inference['model'];
  }
  const { model } = own.values;
  if (isTree(model) && model['url'] !== undefined) {
    setAt(own, ['inference', 'model'], model['url'], own.sources.get('model.url') ?? 'model.url');
    delete model['url'];
    // Kept as a sign that the user wrote this key.
    own.sources.set('model.url', own.sources.get('inference.model') ?? '');
  }
  return own;
}

function rejectTwoAddresses({ values: { inference, model }, sources }: ConfigLayer): void {
  if (!isTree(model) || model['url'] === undefined || !isTree(inference)) return;
  const other = isTree(inference['model']) ? inference['model']['url'] : inference['model'];
  if (other === undefined) return;
  const place = sources.get('model.url');
  throw new StreamInferError(
    'CONFIG_INVALID',
    `model.url: inference.model is set too; remove one of them${place === undefined ? '' : ` (${place})`}`,
  );
}

/** The key that the user wrote for a setting with two spellings. */
export function writtenKey(path: string, sources: ReadonlyMap<string, string>): string {
  if (path !== 'inference.model') return path;
  return sources.has('model.url') && sources.get('model.url') === sources.get(path) ? 'model.url' : path;
}

function move(layer: ConfigLayer, from: readonly string[], to: readonly string[]): void {
  const node = from.reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], layer.values);
  const place = layer.sources.get(from.join('.'));
  layer.sources.delete(from.join('.'));
  if (!isTree(node)) return setAt(layer, to, node, place ?? '');
  for (const key of Object.keys(node)) move(layer, [...from, key], [...to, key]);
}

/** The settings that a remote model needs, as far as they can be checked without it. */
interface RemoteSection {
  readonly inference: { readonly model: string };
  readonly model: z.output<typeof remoteModelSchema>;
  readonly models: { readonly control: string };
}

/** Contradictions in the settings of a remote model. Messages never show the address, which may hold a secret. */
export function remoteProblems({ inference, model, models }: RemoteSection): AcrossProblem[] {
  if (hasScheme(inference.model) && !isAddress(inference.model))
    return [{ path: 'inference.model', message: UNSUPPORTED_SCHEME }];
  if (!isAddress(inference.model)) return inference.model === DEFAULT_MODEL ? withoutAddress(model) : [];
  const address = URL.canParse(inference.model) ? new URL(inference.model) : null;
  if (address === null) return [{ path: 'inference.model', message: 'it is not a valid address' }];
  const problems = [];
  if (address.username !== '' || address.password !== '')
    problems.push({
      path: 'inference.model',
      message: 'the address holds credentials; put them into model.token or model.headers',
    });
  if (models.control !== 'none')
    problems.push({ path: 'models.control', message: 'a remote model has no versions to swap; remove it' });
  const isNamed = model.name !== undefined || /\/models\/[^/]+/.test(address.pathname);
  if (model.protocol !== 'custom' && !isNamed)
    problems.push({
      path: 'model.name',
      message: `the protocol ${model.protocol} needs the name of the model; set it (--model-name)`,
    });
  if (model.protocol === 'custom' && model.labels === undefined)
    problems.push({ path: 'model.labels', message: 'the protocol custom needs the names of the classes' });
  return problems;
}

/** Otherwise the shipped model would run instead, without a word. */
function withoutAddress({ protocol, name, token, labels }: z.output<typeof remoteModelSchema>) {
  const given = { name, token, labels, ...(protocol !== 'open-inference' && { protocol }) };
  const [first] = Object.entries(given).filter(([, value]) => value !== undefined);
  if (first === undefined) return [];
  const message = `it is for a remote model, which has no address; set model.url (--model https://…)`;
  return [{ path: `model.${first[0]}`, message }];
}
