/**
 * Every error that a user or another part of the program may have to tell apart.
 * `retryable`: the same call may succeed later without anybody changing anything.
 * scripts/docs.mjs writes them to docs/reference/error-codes.md.
 */
export const ERROR_CODES = {
  // What a message can be refused for: each of these ends as a dead letter.
  EMPTY: { retryable: false, meaning: 'The message has no value, or only white space.' },
  NOT_AN_IMAGE: { retryable: false, meaning: 'The bytes are none of the known image formats.' },
  UNSUPPORTED_FORMAT: {
    retryable: false,
    meaning: 'A known image format, or a variant of one, that is not decoded here.',
  },
  TOO_LARGE_BYTES: { retryable: false, meaning: 'The message is larger than the limit for an image.' },
  TOO_LARGE_PIXELS: { retryable: false, meaning: 'The image is larger than 4096 × 4096 pixels.' },
  CORRUPT: { retryable: false, meaning: 'The image starts like its format says but cannot be decoded.' },
  BAD_ENVELOPE: { retryable: false, meaning: 'JSON or CloudEvents without a usable image in it.' },
  DECODE_TIMEOUT: { retryable: false, meaning: 'Decoding the image took too long.' },
  WORKER_CRASH: { retryable: false, meaning: 'A worker died each time it was given this image.' },
  WORKER_TIMEOUT: {
    retryable: false,
    meaning: 'A worker did not answer in time each time it was given this image.',
  },
  PROCESS_CRASH: {
    retryable: false,
    meaning: 'The whole process died each time it was given this image, a child process of its own included.',
  },
  OUTCOME_TOO_LARGE: {
    retryable: false,
    meaning: 'The broker refuses the prediction as too large (key or headers).',
  },
  DESERIALIZE_FAILED: {
    retryable: false,
    meaning: 'A consumer’s deserializer threw at this message, or did not finish in time.',
  },
  HANDLER_FAILED: {
    retryable: false,
    meaning: 'A consumer’s handler threw each time it was given this message.',
  },
  HANDLER_TIMEOUT: {
    retryable: false,
    meaning: 'A consumer’s handler did not finish or settle in time each time it was given this message.',
  },

  // What the program can be stopped or held up by.
  USAGE: { retryable: false, meaning: 'A flag or an argument is wrong.' },
  CONFIG_INVALID: { retryable: false, meaning: 'The configuration has mistakes; all of them are listed.' },
  UNKNOWN_BROKER: { retryable: false, meaning: 'The broker is none of memory, kafka and pubsub.' },
  DEPENDENCY_MISSING: {
    retryable: false,
    meaning: 'An optional native part is not installed, or lacks what is needed here.',
  },
  MODEL_MISSING: { retryable: false, meaning: 'There is no such model, or it was not made for int8.' },
  MODEL_CORRUPT: {
    retryable: false,
    meaning: 'The model files disagree with their manifest or golden vectors.',
  },
  INT8_INACCURATE: {
    retryable: false,
    meaning: 'In 8-bit integers the model answers too differently, on this processor or at all.',
  },
  MODEL_REFUSED: {
    retryable: false,
    meaning:
      'A version of the model was not taken, or there is none to go back to; the one before serves on.',
  },
  MODEL_BUSY: { retryable: true, meaning: 'Another version of the model is being loaded.' },
  MODEL_UNSUPPORTED: { retryable: false, meaning: 'The chosen runtime does not know a layer of the model.' },
  RUNTIME_UNAVAILABLE: { retryable: false, meaning: 'The chosen runtime does not load on this machine.' },
  DATASET_MISSING: {
    retryable: false,
    meaning: 'The Fashion-MNIST files were neither found nor downloaded.',
  },
  DATASET_CORRUPT: { retryable: false, meaning: 'A dataset file does not have the known SHA-256.' },
  FILE_UNREADABLE: { retryable: false, meaning: 'A file could not be read or written.' },
  PORT_TAKEN: { retryable: false, meaning: 'Another program listens on the HTTP port.' },
  TOKEN_REQUIRED: { retryable: false, meaning: 'Listening beyond loopback needs a token.' },
  BROKER_UNREACHABLE: { retryable: true, meaning: 'The broker does not answer.' },
  BROKER_REFUSED: { retryable: false, meaning: 'The broker refuses the credentials or the permission.' },
  TOPIC_MISSING: { retryable: true, meaning: 'A topic or subscription does not exist.' },
  PUBLISH_FAILED: { retryable: true, meaning: 'The broker did not confirm a publish.' },
  SOURCE_LOST: {
    retryable: true,
    meaning: 'The connection that messages come from was lost and is being rebuilt.',
  },
  FENCED: {
    retryable: false,
    meaning: 'Another process with the same instance id has taken this one’s place.',
  },
  SERIALIZE_FAILED: { retryable: false, meaning: 'A producer’s serializer threw, or returned no bytes.' },
  MESSAGE_TOO_LARGE: { retryable: false, meaning: 'The broker refuses a message as too large.' },
  ALREADY_SETTLED: { retryable: false, meaning: 'A handler settled or rejected its message twice.' },
  DELIVERY_LOST: {
    retryable: false,
    meaning: 'A message was settled after it had been taken from its reader; it comes again.',
  },
  OVERLOADED: { retryable: true, meaning: 'Too many requests, images or publish jobs at once.' },
  NOT_READY: { retryable: true, meaning: 'The process is starting, stopping, or waiting for its broker.' },
  MODEL_ELSEWHERE: {
    retryable: false,
    meaning: 'This process only shows what others classify: it has no model.',
  },
  TIMEOUT: { retryable: true, meaning: 'Something did not happen within its time.' },
  ABORTED: { retryable: false, meaning: 'The work was cancelled.' },
  BAD_REQUEST: { retryable: false, meaning: 'An HTTP request has a wrong field.' },
  NOT_FOUND: { retryable: false, meaning: 'What was asked for is not (or no longer) there.' },
  FORBIDDEN: { retryable: false, meaning: 'The request comes from a page or host that may not make it.' },
  UNAUTHORIZED: { retryable: false, meaning: 'The token is missing or wrong.' },
  UNSUPPORTED_MEDIA_TYPE: {
    retryable: false,
    meaning: 'An HTTP request has a content type that is not read there.',
  },
  LETTER_INCOMPLETE: {
    retryable: false,
    meaning: 'A dead letter holds only the beginning of its original, which cannot be redriven.',
  },
  ALREADY_REDRIVEN: { retryable: false, meaning: 'A dead letter was redriven before.' },
  REDRIVEN_TOO_OFTEN: {
    retryable: false,
    meaning: 'A message failed again after each of its redrives; another takes force.',
  },
  INTERNAL: { retryable: false, meaning: 'A mistake in stream-infer itself.' },
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
  'DECODE_TIMEOUT',
  'WORKER_CRASH',
  'WORKER_TIMEOUT',
  'PROCESS_CRASH',
  'OUTCOME_TOO_LARGE',
  'DESERIALIZE_FAILED',
  'HANDLER_FAILED',
  'HANDLER_TIMEOUT',
] as const satisfies readonly ErrorCode[];

export type RejectionCode = (typeof REJECTION_CODES)[number];

/** The only error class that this program throws on purpose. The message names the field, the value and the remedy. */
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

  /** Turns whatever was thrown into one of ours; keeps the original as `cause`. */
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

/** A readable sentence for anything that can be thrown. Never throws itself: whoever reports an error relies on it. */
export function messageOf(thrown: unknown): string {
  try {
    if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
    return String(thrown);
  } catch {
    // Without a prototype, or with a getter or a `toString` that throws.
    return `a value without a text (${typeof thrown})`;
  }
}
