/**
 * Every error that a user or a caller may have to distinguish. `retryable`: the same call may succeed later without
 * any other change. scripts/docs.mjs writes them to docs/reference/error-codes.md.
 */
export const ERROR_CODES = {
  // Reasons for refusing a message: each of these ends as a dead letter.
  EMPTY: { retryable: false, meaning: 'The message has no value, or only white space.' },
  NOT_AN_IMAGE: { retryable: false, meaning: 'The bytes are not in a known image format.' },
  UNSUPPORTED_FORMAT: {
    retryable: false,
    meaning: 'The image format, or this variant of it, is not supported.',
  },
  TOO_LARGE_BYTES: { retryable: false, meaning: 'The message is larger than the limit for an image.' },
  TOO_LARGE_PIXELS: {
    retryable: false,
    meaning: 'The image has more than 25 megapixels, or a side above 8192 pixels.',
  },
  CORRUPT: { retryable: false, meaning: 'The image has a valid signature but cannot be decoded.' },
  BAD_ENVELOPE: { retryable: false, meaning: 'The JSON or CloudEvents message contains no usable image.' },
  SCHEMA_UNKNOWN: {
    retryable: false,
    meaning: 'The Schema Registry does not know the schema of the record; register it, then redrive.',
  },
  RECORD_INVALID: {
    retryable: false,
    meaning: 'The record does not fit its registered schema, or has no image in the mapped field.',
  },
  DECODE_TIMEOUT: { retryable: false, meaning: 'Decoding the image took too long.' },
  WORKER_CRASH: {
    retryable: false,
    meaning: 'A worker died, or the model threw an error, on every attempt to classify this image.',
  },
  WORKER_TIMEOUT: {
    retryable: false,
    meaning: 'A worker timed out on every attempt to classify this image.',
  },
  PROCESS_CRASH: {
    retryable: false,
    meaning: 'The process died repeatedly on this image, and so did the isolated child process.',
  },
  REMOTE_REFUSED: {
    retryable: false,
    meaning:
      'The remote model refused this image (HTTP 400, 413, 415 or 422), or a classify function threw this code.',
  },
  REMOTE_FAILED: {
    retryable: false,
    meaning: 'The remote model failed on every attempt at this image, and answered for others in between.',
  },
  OUTPUT_INVALID: {
    retryable: false,
    meaning:
      'The output of a model that finds objects is invalid for this image: NaN, a confidence above 1, or a class without a label.',
  },
  REFERENCE_INVALID: {
    retryable: false,
    meaning:
      'The message names no usable address of an image, or a notification is not about one new object.',
  },
  REFERENCE_FORBIDDEN: {
    retryable: false,
    meaning: 'The address of the image, or a redirect from it, is outside of references.allow or private.',
  },
  REFERENCE_NOT_FOUND: { retryable: false, meaning: 'The referenced image does not exist.' },
  REFERENCE_REFUSED: {
    retryable: false,
    meaning: 'The store refuses to give the referenced image (such as HTTP 401 or 403), or it is not a file.',
  },
  REFERENCE_TOO_LARGE: {
    retryable: false,
    meaning: 'The referenced image is larger than inference.maxImageBytes.',
  },
  REFERENCE_TIMEOUT: {
    retryable: false,
    meaning: 'The referenced image was not complete in time on any attempt, and its store answers.',
  },
  REFERENCE_FAILED: {
    retryable: false,
    meaning: 'The store failed on every attempt at the referenced image, and answers otherwise.',
  },
  OUTCOME_TOO_LARGE: {
    retryable: false,
    meaning: 'The broker refuses the prediction as too large (key or headers).',
  },
  DESERIALIZE_FAILED: {
    retryable: false,
    meaning: 'A consumer’s deserializer threw on this message or timed out.',
  },
  HANDLER_FAILED: {
    retryable: false,
    meaning: 'A consumer’s handler threw on every attempt at this message.',
  },
  HANDLER_TIMEOUT: {
    retryable: false,
    meaning: 'A consumer’s handler did not finish or settle in time on any attempt at this message.',
  },
  MODEL_UNKNOWN: {
    retryable: false,
    meaning: 'The header model of the message names a model that this process does not have.',
  },

  // Errors of the program itself, its configuration and its surroundings.
  USAGE: { retryable: false, meaning: 'A flag or an argument is wrong.' },
  CONFIG_INVALID: {
    retryable: false,
    meaning: 'The configuration is invalid; the message lists all problems.',
  },
  UNKNOWN_BROKER: { retryable: false, meaning: 'The broker is not one of memory, kafka and pubsub.' },
  DEPENDENCY_MISSING: {
    retryable: false,
    meaning: 'An optional native module is not installed or lacks a required feature.',
  },
  MODEL_MISSING: { retryable: false, meaning: 'The model does not exist, or has no int8 variant.' },
  MODEL_CORRUPT: {
    retryable: false,
    meaning: 'The model files are damaged, or do not match their manifest or golden vectors.',
  },
  INT8_INACCURATE: {
    retryable: false,
    meaning: 'The int8 model deviates too much from fp32, on this processor or in general.',
  },
  MODEL_REFUSED: {
    retryable: false,
    meaning:
      'A model version was refused, or there is no version to roll back to; the active version is unchanged.',
  },
  MODEL_UNAVAILABLE: {
    retryable: true,
    meaning: 'The remote model or the classify function cannot take images at present; the stream is paused.',
  },
  MODEL_BUSY: { retryable: true, meaning: 'Another version of the model is being loaded.' },
  MODEL_UNSUPPORTED: {
    retryable: false,
    meaning: 'The format of the model, a layer or operator of it, or its output is not supported.',
  },
  RUNTIME_UNAVAILABLE: {
    retryable: false,
    meaning: 'The chosen runtime cannot be loaded here, or a worker or child process with it does not start.',
  },
  POOL_BROKEN: { retryable: false, meaning: 'All workers died and none could be replaced.' },
  DATASET_MISSING: {
    retryable: false,
    meaning: 'The Fashion-MNIST files were not found and could not be downloaded.',
  },
  DATASET_CORRUPT: {
    retryable: false,
    meaning: 'A dataset file does not have the expected SHA-256, or a list of images is malformed.',
  },
  FILE_UNREADABLE: { retryable: false, meaning: 'A file could not be read or written.' },
  PORT_TAKEN: { retryable: false, meaning: 'Another program is listening on the HTTP port.' },
  TOKEN_REQUIRED: { retryable: false, meaning: 'Listening on a non-loopback address requires a token.' },
  BROKER_UNREACHABLE: { retryable: true, meaning: 'The broker does not respond.' },
  BROKER_REFUSED: {
    retryable: false,
    meaning: 'The broker rejects the credentials or denies the permission.',
  },
  IDENTITY_UNAVAILABLE: {
    retryable: true,
    meaning: 'The token server of the Kafka identity does not issue a token at present.',
  },
  IDENTITY_REFUSED: {
    retryable: false,
    meaning:
      'The token server refuses the Kafka identity, its credentials are missing, or its token is unusable.',
  },
  TOPIC_MISSING: { retryable: true, meaning: 'A topic or subscription does not exist.' },
  PUBLISH_FAILED: { retryable: true, meaning: 'The broker did not confirm a publish.' },
  SOURCE_LOST: {
    retryable: true,
    meaning: 'The source lost its broker connection; it reconnects.',
  },
  FENCED: {
    retryable: false,
    meaning: 'Another process with the same instance id fenced this one.',
  },
  SERIALIZE_FAILED: { retryable: false, meaning: 'A producer’s serializer threw, or returned no bytes.' },
  MESSAGE_TOO_LARGE: { retryable: false, meaning: 'The broker refuses a message as too large.' },
  ALREADY_SETTLED: { retryable: false, meaning: 'A handler settled or rejected its message twice.' },
  DELIVERY_LOST: {
    retryable: false,
    meaning: 'A message was settled after its reader had lost it; it is redelivered.',
  },
  STEERING_BUSY: { retryable: true, meaning: 'Another change of the stream is in progress.' },
  OVERLOADED: { retryable: true, meaning: 'Too many concurrent requests, images or publish jobs.' },
  NOT_READY: { retryable: true, meaning: 'The process is starting, stopping, or waiting for its broker.' },
  MODEL_ELSEWHERE: {
    retryable: false,
    meaning: 'This process serves results only and has no model.',
  },
  TIMEOUT: { retryable: true, meaning: 'An operation timed out.' },
  ABORTED: { retryable: false, meaning: 'The operation was cancelled.' },
  BAD_REQUEST: { retryable: false, meaning: 'An HTTP request has an invalid field.' },
  NOT_FOUND: { retryable: false, meaning: 'The requested resource does not exist.' },
  FORBIDDEN: { retryable: false, meaning: 'The request comes from an origin or host that is not allowed.' },
  UNAUTHORIZED: { retryable: false, meaning: 'The token is missing or invalid.' },
  UNSUPPORTED_MEDIA_TYPE: {
    retryable: false,
    meaning: 'The content type of an HTTP request is not supported by the route.',
  },
  LETTER_INCOMPLETE: {
    retryable: false,
    meaning: 'The dead letter holds only part of its original and cannot be redriven.',
  },
  ALREADY_REDRIVEN: { retryable: false, meaning: 'The dead letter was redriven before.' },
  REDRIVEN_TOO_OFTEN: {
    retryable: false,
    meaning: 'The message failed again after every redrive; another redrive requires force.',
  },
  INTERNAL: { retryable: false, meaning: 'Internal error (a bug in stream-infer).' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes a dead letter can carry. */
export const REJECTION_CODES = [
  'EMPTY',
  'NOT_AN_IMAGE',
  'UNSUPPORTED_FORMAT',
  'TOO_LARGE_BYTES',
  'TOO_LARGE_PIXELS',
  'CORRUPT',
  'BAD_ENVELOPE',
  'SCHEMA_UNKNOWN',
  'MODEL_UNKNOWN',
  'RECORD_INVALID',
  'DECODE_TIMEOUT',
  'WORKER_CRASH',
  'WORKER_TIMEOUT',
  'PROCESS_CRASH',
  'REMOTE_REFUSED',
  'REMOTE_FAILED',
  'OUTPUT_INVALID',
  'REFERENCE_INVALID',
  'REFERENCE_FORBIDDEN',
  'REFERENCE_NOT_FOUND',
  'REFERENCE_REFUSED',
  'REFERENCE_TOO_LARGE',
  'REFERENCE_TIMEOUT',
  'REFERENCE_FAILED',
  'OUTCOME_TOO_LARGE',
  'DESERIALIZE_FAILED',
  'HANDLER_FAILED',
  'HANDLER_TIMEOUT',
] as const satisfies readonly ErrorCode[];

export type RejectionCode = (typeof REJECTION_CODES)[number];

/**
 * The only error class that this program throws deliberately. The message contains the field, the value and the
 * remedy.
 */
export class StreamInferError extends Error {
  override readonly name = 'StreamInferError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** Converts any thrown value; keeps the original as `cause`. */
  static from(thrown: unknown, code: ErrorCode = 'INTERNAL', prefix = ''): StreamInferError {
    if (isStreamInferError(thrown)) return thrown;
    return new StreamInferError(code, prefix + messageOf(thrown), { cause: thrown });
  }
}

/** Not `instanceof`: that is false for errors that crossed a realm (a test runner's, a worker's). */
export function isStreamInferError(value: unknown): value is StreamInferError {
  try {
    return (
      typeof value === 'object' && value !== null && (value as { name?: unknown }).name === 'StreamInferError'
    );
  } catch {
    return false;
  }
}

/** A readable sentence for any thrown value. Never throws itself, since error reports rely on it. */
export function messageOf(thrown: unknown): string {
  try {
    if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
    return String(thrown);
  } catch {
    // An object without a prototype, or with a getter or a `toString` that throws.
    return `a value without a text (${typeof thrown})`;
  }
}

/** Its cause is an outage of the broker, which the broker's client reports once for everything that uses it. */
export function isOutage(thrown: unknown): boolean {
  return isStreamInferError(thrown) && thrown.code === 'BROKER_UNREACHABLE';
}
