import { bytesPerImage } from '../../core/model-shape';
import type { OutsideImage } from '../outside-image';
import type { HttpCaller, HttpRequest } from './http-caller';
import { getModelJson } from './metadata';
import { parseAnswer, scoresOf } from './scores';
import {
  modelAddress,
  MOST_DIMENSIONS,
  MOST_TENSORS,
  type ProtocolClient,
  type RemoteModel,
  type ServerMetadata,
  type TensorMetadata,
} from './server-model';
import type { RemoteSettings } from './settings';
import { BYTES_OF_NUMBER, fileOf, MOST_JSON_BYTES, TensorWriter } from './tensor-writer';

const SIGNATURE = 'serving_default';
const DATATYPE_OF: Readonly<Record<string, string>> = {
  DT_FLOAT: 'FP32',
  DT_UINT8: 'UINT8',
  DT_STRING: 'BYTES',
};

/** Address of a model of TensorFlow Serving's REST API. */
export function tensorFlowServingUrl(settings: RemoteSettings): string {
  const base = settings.url.replace(/:predict$/, '').replace(/\/+$/, '');
  return modelAddress(base, settings, 'v1');
}

/** Null where the server has no metadata. Rejects as `getJson` does. */
export async function tensorFlowServingMetadata(
  settings: RemoteSettings,
  caller: HttpCaller,
): Promise<ServerMetadata | null> {
  const found = await getModelJson(caller, new URL(`${tensorFlowServingUrl(settings)}/metadata`));
  const signature = inside(found, 'metadata', 'signature_def', 'signature_def', SIGNATURE);
  if (signature === undefined) return null;
  const version = inside(found, 'model_spec')?.['version'];
  return {
    version: typeof version === 'string' ? version : undefined,
    inputs: tensorsIn(inside(signature, 'inputs')),
    outputs: tensorsIn(inside(signature, 'outputs')),
  };
}

type Json = Readonly<Record<string, unknown>>;

function inside(value: unknown, ...path: readonly string[]): Json | undefined {
  const found = path.reduce<unknown>((node, key) => (node as Json | null | undefined)?.[key], value);
  return typeof found === 'object' && found !== null ? (found as Json) : undefined;
}

function tensorsIn(tensors: Json | undefined): TensorMetadata[] {
  const entries = Object.entries(tensors ?? {}).slice(0, MOST_TENSORS);
  return entries.map(([name, info]) => {
    const { dtype } = (info ?? {}) as { dtype?: string };
    const dim = inside(info, 'tensor_shape')?.['dim'];
    const sizes = Array.isArray(dim) ? dim.slice(0, MOST_DIMENSIONS) : [];
    return {
      name,
      datatype: DATATYPE_OF[dtype ?? ''] ?? String(dtype),
      shape: sizes.map((one: { size?: unknown } | null) => Number(one?.size ?? -1)),
    };
  });
}

/** Requests in row format: one instance for each image. */
export class TensorFlowServingClient implements ProtocolClient {
  readonly mostBytes = MOST_JSON_BYTES;
  readonly #url: URL;
  readonly #writer: TensorWriter;

  constructor(
    settings: RemoteSettings,
    private readonly model: RemoteModel,
  ) {
    this.#url = new URL(`${tensorFlowServingUrl(settings)}:predict`);
    this.#writer = new TensorWriter(model);
  }

  bytesOf(image: OutsideImage): number {
    const { tensor } = this.model.input;
    if (tensor === 'bytes') return (image.value.length * 4) / 3;
    return bytesPerImage(this.model.shape) * BYTES_OF_NUMBER[tensor];
  }

  async request(images: readonly OutsideImage[]): Promise<HttpRequest> {
    const body = Buffer.from(JSON.stringify({ instances: await this.#instances(images) }));
    return { method: 'POST', url: this.#url, headers: { 'content-type': 'application/json' }, body };
  }

  scoresIn(body: Buffer, n: number): Float32Array<ArrayBuffer> {
    const { shape, description, output } = this.model;
    const { predictions } = parseAnswer(body);
    if (!Array.isArray(predictions)) throw new Error('the answer has no list of predictions');
    // A model with several outputs answers an object for each image.
    const rows: unknown[] = predictions.map((row: unknown) =>
      output === undefined || Array.isArray(row) || typeof row !== 'object'
        ? row
        : (row as Json | null)?.[output],
    );
    return scoresOf(rows, n, shape.labels, description.output);
  }

  async #instances(images: readonly OutsideImage[]): Promise<unknown[]> {
    const { input, shape } = this.model;
    if (input.tensor !== 'bytes')
      return images.map((image) => nested(this.#writer.numbers([image]), input.shape));
    const files = await Promise.all(images.map((image) => fileOf(image, shape)));
    return files.map(({ bytes }) => ({ b64: bytes.toString('base64') }));
  }
}

/** Row-major numbers as nested lists. */
function nested(values: readonly number[], [, ...inner]: readonly number[]): unknown[] {
  if (inner.length === 0) return [...values];
  const size = inner.reduce((product, one) => product * one, 1);
  return Array.from({ length: values.length / size }, (_, i) =>
    nested(values.slice(i * size, (i + 1) * size), inner),
  );
}
