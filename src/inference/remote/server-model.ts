import type { ModelDescription } from '../../core/model-description';
import type { ModelShape } from '../../core/model-shape';
import type { Tensor } from '../../core/remote-model';
import type { OutsideImage } from '../outside-image';
import type { HttpRequest } from './http-caller';
import type { RemoteSettings } from './settings';

/** A tensor in the metadata of a server; the first size is the number of images, -1 for any. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** Bounds on the metadata of a server. */
export const MOST_TENSORS = 64;
export const MOST_DIMENSIONS = 8;
export const MOST_VERSIONS = 1_000;

/** What a server says about a model. */
export interface ServerMetadata {
  readonly version?: string | undefined;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
  /** The server takes tensors as binary data after the JSON. */
  readonly takesBinary?: boolean;
}

/** A model at a server, with everything that its requests need. */
export interface RemoteModel {
  readonly shape: ModelShape;
  readonly description: ModelDescription;
  readonly version: string | undefined;
  readonly input: {
    readonly name: string;
    readonly tensor: Tensor;
    /** Of one image. */
    readonly shape: readonly number[];
  };
  /** Name of the output with the scores; any of the right length if absent. */
  readonly output: string | undefined;
  /** Largest number of images of one request. */
  readonly mostImages: number;
  readonly takesBinary: boolean;
}

/** Address of a model: completed where the settings have only the server's address. */
export function modelAddress(
  base: string,
  { name, version }: Pick<RemoteSettings, 'name' | 'version'>,
  api: 'v1' | 'v2',
): string {
  const isComplete = new RegExp(`/${api}/models/[^/]+`).test(base);
  const model = isComplete ? base : `${base}/${api}/models/${encodeURIComponent(name ?? '')}`;
  return version === undefined || /\/versions\/[^/]+$/.test(model) ? model : `${model}/versions/${version}`;
}

/** Requests and answers of one protocol. */
export interface ProtocolClient extends RemoteClient {
  request(images: readonly OutsideImage[]): HttpRequest | Promise<HttpRequest>;
  scoresIn(body: Buffer, n: number): Float32Array<ArrayBuffer>;
}

/** The same, perhaps in another thread. */
export interface RemoteClient {
  /** Largest request, in bytes. */
  readonly mostBytes: number;
  /** Approximate size of an image in a request, in bytes. */
  bytesOf(image: OutsideImage): number;
  request(images: readonly OutsideImage[]): HttpRequest | Promise<HttpRequest>;
  /** n × classes. Throws an error with a sentence for an answer that is not what the protocol says. */
  scoresIn(body: Buffer, n: number): Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;
}
