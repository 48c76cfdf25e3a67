/** A typed client of the HTTP API, for Node and browsers. It loads nothing of the program itself. */
import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api';

export type { components, operations, paths } from './api';

/** One method for each HTTP method; each knows the paths, parameters, bodies and answers of the API. */
export type StreamInferClient = Client<paths>;

/** The objects of the API by name, for example `Schemas['Prediction']`. */
export type Schemas = components['schemas'];

export interface ClientOptions {
  /** Address of a running process. Default: `http://localhost:8080`. */
  readonly baseUrl?: string;
  /** The value of `--token`, if the process has one. */
  readonly token?: string;
  /** Replaces the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * Creates a client. Its methods resolve with `data` or, for an error status, with `error`: a problem document whose
 * `code` is one of the error codes. They reject only if the process does not answer.
 *
 * ```ts
 * const client = createClient({ baseUrl: 'http://localhost:8080' });
 * const { data, error } = await client.GET('/api/v1/predictions', { params: { query: { limit: 5 } } });
 * ```
 */
export function createClient({
  baseUrl = 'http://localhost:8080',
  token,
  fetch,
}: ClientOptions = {}): StreamInferClient {
  return createFetchClient<paths>({
    baseUrl,
    bodySerializer: (body) => (isBytes(body) ? body : JSON.stringify(body)),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    ...(fetch !== undefined && { fetch }),
  });
}

/**
 * The body of a request that sends a file or raw pixels, with its content type:
 *
 * ```ts
 * const { data, error } = await client.POST('/api/v1/classify', bytesBody(await readFile('boot.png')));
 * ```
 *
 * @param contentType by default the process recognizes the format from the bytes
 */
export function bytesBody<Bytes extends Blob | Uint8Array>(
  body: Bytes,
  contentType = 'application/octet-stream',
): { body: Bytes; headers: { 'content-type': string } } {
  return { body, headers: { 'content-type': contentType } };
}

function isBytes(body: unknown): body is Blob | Uint8Array | FormData {
  return body instanceof Blob || body instanceof FormData || ArrayBuffer.isView(body);
}
