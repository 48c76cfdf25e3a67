import { bytesPerImage } from '../../core/model-shape';
import type { OutsideImage } from '../outside-image';
import type { HttpCaller, HttpRequest } from './http-caller';
import { getJson, getModelJson } from './metadata';
import { parseAnswer, scoresOf } from './scores';
import {
  modelAddress,
  MOST_DIMENSIONS,
  MOST_TENSORS,
  MOST_VERSIONS,
  type ProtocolClient,
  type RemoteModel,
  type ServerMetadata,
  type TensorMetadata,
} from './server-model';
import type { RemoteSettings } from './settings';
import { BYTES_OF_NUMBER, fileOf, MOST_JSON_BYTES, TensorWriter } from './tensor-writer';

const MOST_BINARY_BYTES = 8 * 1024 * 1024;
const BINARY = 'binary_tensor_data';
/** Datatypes of scores. */
const NUMERIC = /^(FP|BF|U?INT)\d+$/;

/** Address of a model of the Open Inference Protocol, version 2. */
export function openInferenceUrl(settings: RemoteSettings): string {
  const base = settings.url.replace(/\/(infer|ready)?$/, '').replace(/\/+$/, '');
  return modelAddress(base, settings, 'v2');
}

/** Null where the server has no metadata. Rejects as `getJson` does. */
export async function openInferenceMetadata(
  settings: RemoteSettings,
  caller: HttpCaller,
): Promise<ServerMetadata | null> {
  const model = openInferenceUrl(settings);
  const found = await getModelJson(caller, new URL(model));
  if (found === null) return null;
  const server = await getJson(caller, new URL(model.replace(/\/models\/.*$/, '')));
  const extensions = server?.['extensions'];
  return {
    version: settings.version ?? latestOf(found['versions']),
    inputs: tensorsIn(found['inputs']),
    outputs: tensorsIn(found['outputs']),
    takesBinary: Array.isArray(extensions) && extensions.includes(BINARY),
  };
}

/** Without a version in the request, servers use the latest. */
function latestOf(versions: unknown): string | undefined {
  const numbers = Array.isArray(versions) ? versions.slice(0, MOST_VERSIONS).map(Number) : [];
  const latest = Math.max(...numbers.filter((one) => Number.isSafeInteger(one) && one > 0));
  return Number.isFinite(latest) ? String(latest) : undefined;
}

function tensorsIn(list: unknown): TensorMetadata[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MOST_TENSORS).flatMap((one: Partial<TensorMetadata> | null) => {
    const { name, datatype, shape } = one ?? {};
    if (typeof name !== 'string' || typeof datatype !== 'string' || !Array.isArray(shape)) return [];
    return [{ name, datatype, shape: shape.slice(0, MOST_DIMENSIONS).map(Number) }];
  });
}

/** Requests with one tensor for all images, as binary data where the server takes it. */
export class OpenInferenceClient implements ProtocolClient {
  readonly mostBytes: number;
  readonly #url: URL;
  readonly #writer: TensorWriter;

  constructor(
    settings: RemoteSettings,
    private readonly model: RemoteModel,
  ) {
    this.#url = new URL(`${openInferenceUrl(settings)}/infer`);
    this.#writer = new TensorWriter(model);
    this.mostBytes = model.takesBinary ? MOST_BINARY_BYTES : MOST_JSON_BYTES;
  }

  bytesOf(image: OutsideImage): number {
    const { input, takesBinary, shape } = this.model;
    if (input.tensor === 'bytes') return image.value.length * (takesBinary ? 1 : 4 / 3);
    const ofNumber = takesBinary ? (input.tensor === 'fp32' ? 4 : 1) : BYTES_OF_NUMBER[input.tensor];
    return bytesPerImage(shape) * ofNumber;
  }

  async request(images: readonly OutsideImage[]): Promise<HttpRequest> {
    const { takesBinary } = this.model;
    if (!takesBinary) {
      const body = Buffer.from(JSON.stringify(this.#describe(images, { data: await this.#data(images) })));
      return { method: 'POST', url: this.#url, headers: { 'content-type': 'application/json' }, body };
    }
    const tensor = await this.#binary(images);
    const parameters = { binary_data_size: tensor.length };
    const head = Buffer.from(JSON.stringify(this.#describe(images, { parameters })));
    return {
      method: 'POST',
      url: this.#url,
      headers: {
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(head.length),
      },
      body: Buffer.concat([head, tensor]),
    };
  }

  scoresIn(body: Buffer, n: number): Float32Array<ArrayBuffer> {
    const { shape, description, output } = this.model;
    const { outputs } = parseAnswer(body);
    const list = (Array.isArray(outputs) ? outputs : []) as readonly ({
      name?: unknown;
      datatype?: unknown;
      shape?: unknown;
      data?: unknown;
    } | null)[];
    const found = output === undefined ? list[0] : list.find((one) => one?.name === output);
    if (!found) throw new Error(`the answer has no output ${output ?? ''}`.trimEnd());
    checkOutput(found, n, shape.labels.length);
    return scoresOf(found.data, n, shape.labels, description.output);
  }

  #describe(images: readonly OutsideImage[], content: object): object {
    const { input, output } = this.model;
    const datatype = input.tensor.toUpperCase();
    return {
      inputs: [{ name: input.name, shape: [images.length, ...input.shape], datatype, ...content }],
      ...(output !== undefined && {
        outputs: [{ name: output, ...(this.model.takesBinary && { parameters: { binary_data: false } }) }],
      }),
    };
  }

  async #data(images: readonly OutsideImage[]): Promise<readonly (number | string)[]> {
    if (this.model.input.tensor !== 'bytes') return this.#writer.numbers(images);
    const files = await Promise.all(images.map((image) => fileOf(image, this.model.shape)));
    return files.map(({ bytes }) => bytes.toString('base64'));
  }

  async #binary(images: readonly OutsideImage[]): Promise<Buffer> {
    if (this.model.input.tensor !== 'bytes') return this.#writer.bytes(images);
    const files = await Promise.all(images.map((image) => fileOf(image, this.model.shape)));
    return Buffer.concat(files.flatMap(({ bytes }) => [lengthOf(bytes), bytes]));
  }
}

/** Scores in another order have the right number too. Servers that name neither datatype nor shape are taken at their word. */
function checkOutput(
  { datatype, shape }: { datatype?: unknown; shape?: unknown },
  n: number,
  classes: number,
) {
  if (typeof datatype === 'string' && !NUMERIC.test(datatype))
    throw new Error(`the output is ${datatype}, not numbers such as FP32`);
  if (!Array.isArray(shape)) return;
  const [images, ...others] = shape as readonly unknown[];
  const each = others.reduce<number>((product, size) => product * Number(size), 1);
  const isOneForTwo = classes === 2 && each === 1;
  if (images !== n || (each !== classes && !isOneForTwo))
    throw new Error(`the output has the shape [${shape.join(', ')}]; expected [${n}, ${classes}]`);
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return length;
}
