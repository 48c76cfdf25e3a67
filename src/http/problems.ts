import { STATUS_CODES } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import { ERROR_CODES, StreamInferError, isStreamInferError, messageOf, type ErrorCode } from '../core/errors';
import type { Log } from '../core/ports';
import type { FieldProblem, Problem } from './schemas/problem';

/** Errors of the server have a 5xx; rejection codes have 422 unless HTTP has a more specific status. */
const STATUS_BY_CODE: Readonly<Record<ErrorCode, number>> = {
  EMPTY: 422,
  NOT_AN_IMAGE: 422,
  UNSUPPORTED_FORMAT: 415,
  TOO_LARGE_BYTES: 413,
  TOO_LARGE_PIXELS: 422,
  CORRUPT: 422,
  BAD_ENVELOPE: 422,
  SCHEMA_UNKNOWN: 422,
  MODEL_UNKNOWN: 422,
  RECORD_INVALID: 422,
  DECODE_TIMEOUT: 422,
  WORKER_CRASH: 422,
  WORKER_TIMEOUT: 422,
  PROCESS_CRASH: 422,
  REMOTE_REFUSED: 422,
  REMOTE_FAILED: 422,
  OUTPUT_INVALID: 422,
  REFERENCE_INVALID: 422,
  REFERENCE_FORBIDDEN: 422,
  REFERENCE_NOT_FOUND: 422,
  REFERENCE_REFUSED: 422,
  REFERENCE_TOO_LARGE: 413,
  REFERENCE_TIMEOUT: 422,
  REFERENCE_FAILED: 422,
  OUTCOME_TOO_LARGE: 422,
  DESERIALIZE_FAILED: 422,
  HANDLER_FAILED: 422,
  HANDLER_TIMEOUT: 422,
  USAGE: 400,
  CONFIG_INVALID: 400,
  UNKNOWN_BROKER: 400,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  ALREADY_REDRIVEN: 409,
  ALREADY_SETTLED: 409,
  DELIVERY_LOST: 409,
  MESSAGE_TOO_LARGE: 413,
  SERIALIZE_FAILED: 422,
  REDRIVEN_TOO_OFTEN: 409,
  UNSUPPORTED_MEDIA_TYPE: 415,
  LETTER_INCOMPLETE: 422,
  MODEL_REFUSED: 409,
  MODEL_BUSY: 409,
  STEERING_BUSY: 409,
  OVERLOADED: 429,
  INTERNAL: 500,
  MODEL_ELSEWHERE: 501,
  MODEL_UNSUPPORTED: 501,
  BROKER_REFUSED: 502,
  IDENTITY_REFUSED: 502,
  DEPENDENCY_MISSING: 503,
  MODEL_MISSING: 503,
  MODEL_UNAVAILABLE: 503,
  MODEL_CORRUPT: 503,
  INT8_INACCURATE: 503,
  RUNTIME_UNAVAILABLE: 503,
  POOL_BROKEN: 503,
  DATASET_MISSING: 503,
  DATASET_CORRUPT: 503,
  FILE_UNREADABLE: 503,
  PORT_TAKEN: 503,
  TOKEN_REQUIRED: 503,
  BROKER_UNREACHABLE: 503,
  IDENTITY_UNAVAILABLE: 503,
  TOPIC_MISSING: 503,
  PUBLISH_FAILED: 503,
  SOURCE_LOST: 503,
  FENCED: 503,
  NOT_READY: 503,
  ABORTED: 503,
  TIMEOUT: 504,
};

/** Default Retry-After by status, s; only for errors that may pass. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 2 };
const LONGEST_RETRY_AFTER = 60;

/** HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return STATUS_BY_CODE[code];
}

/** A BAD_REQUEST that lists invalid fields; `more` is the number of fields not listed. */
export function badFields(fields: readonly FieldProblem[], more = 0): StreamInferError {
  const listed = fields.map(({ field, value, message }) => `${field}: ${message} (got ${value})`);
  const detail = [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return new StreamInferError('BAD_REQUEST', detail, { cause: { fields } });
}

export function notFound(what: string): StreamInferError {
  return new StreamInferError('NOT_FOUND', what);
}

/** Assigns each request an id, or accepts a plain id of the caller, and returns it as a header. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const id = given !== undefined && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
    response.locals.requestId = id;
    response.setHeader('X-Request-Id', id);
    next();
  };
}

export interface ProblemOptions {
  /** Overrides the status of the code. */
  readonly status?: number;
  /** Additional members of the document. */
  readonly members?: object;
  /** Time after which to retry; rounded up to whole seconds in the header. */
  readonly retryAfterMs?: number;
}

/** For the inference protocols: all later errors are sent as `{"error": "…"}`. */
export function errorsAsMessages(): RequestHandler {
  return (_request, response, next) => {
    response.locals.errorsAsMessages = true;
    next();
  };
}

/** Answers with an RFC 9457 problem document, or with `{"error": "…"}` after `errorsAsMessages`. */
export function sendProblem(
  response: Response,
  code: ErrorCode,
  detail: string,
  options: ProblemOptions = {},
): void {
  const status = options.status ?? statusOf(code);
  const problem: Problem = {
    type: `urn:stream-infer:error:${code}`,
    title:
      ERROR_CODES[code].retryable || status < 500 ? titleOf(code, status) : (STATUS_CODES[status] ?? code),
    status,
    detail,
    code,
    requestId: String(response.locals.requestId),
    ...options.members,
  };
  const mayPass = status === 429 || ERROR_CODES[code].retryable;
  const retryAfter = mayPass ? retryAfterSeconds(status, options.retryAfterMs) : undefined;
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  response.setHeader('Cache-Control', 'no-store');
  response.status(status);
  if (response.locals.errorsAsMessages === true) response.json({ error: detail });
  else response.type('application/problem+json').send(JSON.stringify(problem));
}

function retryAfterSeconds(status: number, retryAfterMs: number | undefined): number | undefined {
  const usual = RETRY_AFTER[status];
  if (usual === undefined || retryAfterMs === undefined) return usual;
  return Math.min(LONGEST_RETRY_AFTER, Math.max(1, Math.ceil(retryAfterMs / 1000)));
}

/** Refuses (405) other methods of a path. GET includes HEAD, which Express answers too. */
export function methodNotAllowed(...methods: readonly string[]): RequestHandler {
  return refuseMethod(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
}

/** Refuses (405) all but exactly these methods. */
export function refuseMethod(allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    response.setHeader('Allow', allowed.join(', '));
    const detail = `${request.method} is not allowed on ${request.baseUrl}${request.path}; use ${allowed.join(' or ')}`;
    sendProblem(response, 'BAD_REQUEST', detail, { status: 405 });
  };
}

/** For /api/v1/models/{name}/… of a name that is not among those of several models. */
export function unknownModel(served: readonly string[] | undefined): RequestHandler {
  return (request, response, next) => {
    const [, name = '', rest] = request.path.split('/', 3);
    if (served === undefined || rest === undefined || served.includes(name)) return next();
    const detail = `model ${JSON.stringify(name)} does not exist; the models are ${served.join(', ')}`;
    sendProblem(response, 'NOT_FOUND', detail);
  };
}

/** The last route, for unknown paths. */
export function unknownRoute(): RequestHandler {
  return (request, response) =>
    sendProblem(response, 'NOT_FOUND', `no route matches ${request.method} ${request.path}`);
}

/** Answers a request target that Express cannot parse (`http://[`): Express would skip all middleware. */
export function answerUnroutable(request: Request, response: Response): void {
  requestId()(request, response, () =>
    sendProblem(response, 'BAD_REQUEST', 'The request target is not a valid path or URL.'),
  );
}

/** The last middleware: answers thrown errors with a problem document. */
export function problemHandler(log: Log): ErrorRequestHandler {
  // Express recognises error handlers by their four parameters.
  return (thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    const { code, detail, ...options } = toProblem(thrown);
    const status = options.status ?? statusOf(code);
    if (status >= 500) {
      const about = { requestId: String(response.locals.requestId), path: request.path };
      const message = `HTTP ${status} ${code}`;
      // Only unexpected errors need a stack; clients can repeat the others at any rate.
      if (code === 'INTERNAL') log.error({ err: thrown, ...about }, message);
      else if (ERROR_CODES[code].retryable) log.debug({ detail, ...about }, message);
      else log.warn({ detail, ...about }, message);
    }
    // The answer has started; closing the connection marks it as incomplete.
    if (response.headersSent) return void response.destroy();
    sendProblem(response, code, detail, options);
  };
}

function toProblem(thrown: unknown): { code: ErrorCode; detail: string } & ProblemOptions {
  if (isStreamInferError(thrown) && thrown.code !== 'INTERNAL') {
    const fields = fieldsOf(thrown.cause);
    const retryAfterMs = retryAfterOf(thrown.cause);
    return {
      code: thrown.code,
      detail: thrown.message,
      ...(fields && { members: { errors: fields } }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
  return (
    clientError(thrown) ?? {
      code: 'INTERNAL',
      detail: 'internal error (a bug in stream-infer); its log entry has the request id',
    }
  );
}

/** Express and its body parsers throw errors with a 4xx `status` for invalid requests. */
function clientError(thrown: unknown): ({ code: ErrorCode; detail: string } & ProblemOptions) | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('status' in thrown)) return undefined;
  const { status } = thrown;
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  if (status === 413) return { code: 'TOO_LARGE_BYTES', detail: tooLargeDetail(thrown) };
  if (status === 415) return { code: 'UNSUPPORTED_MEDIA_TYPE', detail: messageOf(thrown) };
  const prefix =
    'type' in thrown && thrown.type === 'entity.parse.failed' ? 'The body is not valid JSON: ' : '';
  return { code: 'BAD_REQUEST', detail: `${prefix}${messageOf(thrown)}`, status };
}

function tooLargeDetail(thrown: object): string {
  const limit = 'limit' in thrown && typeof thrown.limit === 'number' ? thrown.limit : undefined;
  return limit === undefined ? 'the body is too large' : `the body is larger than ${limit} bytes`;
}

function fieldsOf(cause: unknown): readonly FieldProblem[] | undefined {
  return typeof cause === 'object' && cause !== null && 'fields' in cause && Array.isArray(cause.fields)
    ? (cause.fields as readonly FieldProblem[])
    : undefined;
}

function retryAfterOf(cause: unknown): number | undefined {
  return typeof cause === 'object' &&
    cause !== null &&
    'retryAfterMs' in cause &&
    typeof cause.retryAfterMs === 'number'
    ? cause.retryAfterMs
    : undefined;
}

function titleOf(code: ErrorCode, status: number): string {
  return status === 405 ? 'Method Not Allowed' : ERROR_CODES[code].meaning;
}
