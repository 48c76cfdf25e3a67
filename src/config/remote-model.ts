import { z } from 'zod';
import { isAddress, REMOTE_PROTOCOLS, TENSORS } from '../core/remote-model';
import { duration } from './duration-schema';
import { isTree, mergeLayers, setAt, type ConfigLayer } from './layers';

const side = z.number().int().positive().max(8192);
const perChannel = z.array(z.number()).min(1).max(3);

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
    token: z.string().min(1).optional().describe('Bearer token of each request to the remote model.'),
    headers: z
      .record(z.string().regex(/^[\w-]+$/, 'expected the name of a header'), z.string())
      .default({})
      .describe('Further headers of each request, such as an API key.'),
    labels: z
      .array(z.string().min(1))
      .min(2)
      .max(100_000)
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
        std: perChannel.optional().describe('With fp32: divisor after mean, one per channel.'),
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
 */
export function withOneSpelling(layer: ConfigLayer): ConfigLayer {
  const own = mergeLayers([layer]);
  const { inference } = own.values;
  if (isTree(inference) && isTree(inference['model'])) {
    move(own, ['inference', 'model'], ['model']);
    delete inference['model'];
  }
  const { model } = own.values;
  if (isTree(model) && model['url'] !== undefined) {
    setAt(own, ['inference', 'model'], model['url'], own.sources.get('model.url') ?? 'model.url');
    delete model['url'];
    own.sources.delete('model.url');
  }
  return own;
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
export function remoteProblems(
  { inference, model, models }: RemoteSection,
  defaultModel: string,
): { readonly path: string; readonly message: string }[] {
  if (!isAddress(inference.model)) return inference.model === defaultModel ? withoutAddress(model) : [];
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
