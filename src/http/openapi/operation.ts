import type { Request } from 'express';
import { z } from 'zod';
import { validate } from '../validation';

/** Groups the operations on the page with the descriptions. */
export const TAGS = {
  classify: 'One or more images in, predictions out.',
  predictions: 'What was predicted, and how good it was.',
  stream: 'How the stream of images is doing.',
  publish: 'Test images into the stream.',
  events: 'What the rules noticed, and the numbered alerts among it.',
  'dead letters': 'What was no image.',
  'open inference': 'Open Inference Protocol, version 2, on the same model.',
  'tensorflow serving': 'The REST API of TensorFlow Serving, version 1, on the same model.',
  process: 'Health, and this description.',
} as const;

export type Tag = keyof typeof TAGS;

/** What a body is: JSON of a schema, or bytes or text that no schema describes. */
export type Content = z.ZodType | 'bytes' | 'text';

/** By media type. */
export type Contents = Readonly<Record<string, Content>>;

/** What OpenAPI says of one route; its method is the route's own. */
export interface Operation {
  /** Whole paths in OpenAPI's notation (`/api/v1/publish/{job}`), one for each path of the route. */
  readonly paths: readonly [string, ...string[]];
  readonly tag: Tag;
  /** A few words, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  /** Answers without the token. */
  readonly open?: boolean;
  /** Answered however many other requests are under way. */
  readonly unlimited?: boolean;
  /** What each name in the braces of the paths is; text unless there is a schema. */
  readonly parameters?: Readonly<Record<string, string | z.ZodType>>;
  /** Read from the query string. */
  readonly query?: z.ZodObject;
  /** Headers that the route reads, with what they are for. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: Contents;
  /** The body may be left out. */
  readonly bodyOptional?: boolean;
  /** 200 unless told otherwise. */
  readonly status?: number;
  readonly answer: Contents;
  /** Answers with other statuses that are no errors. */
  readonly also?: Readonly<Record<number, Contents>>;
  /** Statuses of errors besides those that every route, or every route with a body or parameters, has. */
  readonly errors?: readonly number[];
  /** How errors are written: problem documents, or `{"error": …}`. */
  readonly errorForm?: 'problem' | 'message';
}

/** Fits before the handlers of any route: it names no type for Express to infer the route's parameters from. */
export type OperationMarker = (request: unknown, response: unknown, next: () => void) => void;

const NO_QUERY = z.strictObject({});
const operations = new WeakMap<object, Operation>();

/** Stands first in a route and says what the route is: `router.get('/lag', describe({ … }), handler)`. */
export function describe(operation: Operation): OperationMarker {
  const refuses = operation.query === undefined && operation.paths.every((path) => path.startsWith('/api/'));
  const marker: OperationMarker = (request, _response, next) => {
    if (refuses) refuseQuery(request as Request);
    next();
  };
  operations.set(marker, operation);
  return marker;
}

/** A misspelt condition must not look as if it had been met; the routes that have conditions see to it themselves. */
function refuseQuery({ method, query }: Request): void {
  if (method === 'GET') validate(NO_QUERY, query);
}

/** The description that a handler stands for, if it is one. */
export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler);
}
