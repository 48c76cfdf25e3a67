import type { Request } from 'express';
import { z } from 'zod';
import { validate } from '../validation';

/** Groups of operations in the API documentation. */
export const TAGS = {
  classify: 'Classify one or more images.',
  predictions: 'Stored predictions and their quality.',
  stream: 'State of the stream.',
  steering: 'Pause, limit and drain the stream.',
  labels: 'Labels of people, and training from them.',
  publish: 'Publish test images to the stream.',
  push: 'Messages pushed by Pub/Sub and Eventarc.',
  events: 'Events raised by rules, and numbered alerts.',
  'dead letters': 'Messages that could not be classified.',
  'open inference': 'Open Inference Protocol, version 2, for the same model.',
  'tensorflow serving': 'REST API of TensorFlow Serving, version 1, for the same model.',
  process: 'Health, configuration and models.',
} as const;

export type Tag = keyof typeof TAGS;

/** Content of a body: JSON with a schema, or bytes or text without one. */
export type Content = z.ZodType | 'bytes' | 'text';

/** By media type. */
export type Contents = Readonly<Record<string, Content>>;

/** OpenAPI description of a route; the method comes from the route. */
export interface Operation {
  /** Full paths in OpenAPI notation (`/api/v1/publish/{job}`), one per path of the route. */
  readonly paths: readonly [string, ...string[]];
  readonly tag: Tag;
  /** A short phrase without a full stop. */
  readonly summary: string;
  readonly description?: string;
  /** Requires no token. */
  readonly open?: boolean;
  /** Exempt from the request limit. */
  readonly unlimited?: boolean;
  /** Description or schema of each path parameter; text by default. */
  readonly parameters?: Readonly<Record<string, string | z.ZodType>>;
  /** Read from the query string. */
  readonly query?: z.ZodObject;
  /** Headers that the route reads. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: Contents;
  /** The body is optional. */
  readonly bodyOptional?: boolean;
  /** Default: 200. */
  readonly status?: number;
  readonly answer: Contents;
  /** Answers with other success statuses. */
  readonly also?: Readonly<Record<number, Contents>>;
  /** Error statuses besides the common ones. */
  readonly errors?: readonly number[];
  /** Form of errors: problem documents, or `{"error": …}`. */
  readonly errorForm?: 'problem' | 'message';
}

/** A handler without types, so Express still infers the route parameters. */
export type OperationMarker = (request: unknown, response: unknown, next: () => void) => void;

const NO_QUERY = z.strictObject({});
const operations = new WeakMap<object, Operation>();

/** First handler of a route, which documents it: `router.get('/lag', describe({ … }), handler)`. */
export function describe(operation: Operation): OperationMarker {
  const refuses = operation.query === undefined && operation.paths.every((path) => path.startsWith('/api/'));
  const marker: OperationMarker = (request, _response, next) => {
    if (refuses) refuseQuery(request as Request);
    next();
  };
  operations.set(marker, operation);
  return marker;
}

/** Refuses unknown query fields, so a misspelt filter is not ignored. Routes with a query validate it themselves. */
function refuseQuery({ method, query }: Request): void {
  if (method === 'GET') validate(NO_QUERY, query);
}

/** The operation registered by `describe`, if the handler is one. */
export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler);
}
