import { StreamInferError, isStreamInferError, messageOf, type ErrorCode } from '../../core/errors';

/** gRPC status codes (https://grpc.io/docs/guides/status-codes) that are distinguished here. */
export const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(GRPC).map(([name, code]) => [code, name]));

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [GRPC.NOT_FOUND, 'TOPIC_MISSING'],
  [GRPC.PERMISSION_DENIED, 'BROKER_REFUSED'],
  [GRPC.UNAUTHENTICATED, 'BROKER_REFUSED'],
  [GRPC.UNAVAILABLE, 'BROKER_UNREACHABLE'],
  [GRPC.DEADLINE_EXCEEDED, 'BROKER_UNREACHABLE'],
]);

/** google-auth-library's error for a machine without credentials or project; retrying is useless. */
const NO_CREDENTIALS = /could not load the default credentials|unable to detect a project id/i;

/** The gRPC status of an error that the client threw, undefined for other errors. */
export function grpcCodeOf(thrown: unknown): number | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** @param what the requested topic or subscription, as in "the topic images" */
export function toPubsubError(thrown: unknown, what: string, otherwise: ErrorCode): StreamInferError {
  if (isStreamInferError(thrown)) return thrown;
  if (isHopeless(thrown)) return noCredentials(what, thrown);
  const code = grpcCodeOf(thrown) ?? -1;
  return new StreamInferError(CODES.get(code) ?? otherwise, `${what}: ${reasonOf(thrown, code)}`, {
    cause: thrown,
  });
}

/** grpc-js wraps the reason, and ends with an often empty note. */
const NO_CONNECTION =
  /(?:(?:weighted_)?round_robin: )?No connection established\. Last error: (?:Error: )?(.+?)(?:\. Resolution note:.*)?$/s;

/** Errors of calls already begin with the status code and name; those of streams do not. */
function reasonOf(thrown: unknown, code: number): string {
  // The client appends a list of its attempts.
  const [all = ''] = messageOf(thrown).split(/\s*: Previous errors/);
  // A stream that the server ends regularly has the status OK and no message.
  if (all === '') return 'the stream ended';
  const message = all.replace(NO_CONNECTION, '$1').trim();
  const name = NAMES.get(code);
  return name === undefined || message.includes(name) ? message : `${code} ${name}: ${message}`;
}

function noCredentials(what: string, thrown: unknown): StreamInferError {
  const [reason] = messageOf(thrown).split('\n');
  return new StreamInferError(
    'BROKER_REFUSED',
    `${what}: ${reason?.trim().replace(/\.$/, '')}; set the project with --project and the credentials with ` +
      'GOOGLE_APPLICATION_CREDENTIALS, or an emulator with PUBSUB_EMULATOR_HOST',
    { cause: thrown },
  );
}

/** Retrying cannot fix it. */
export function isHopeless(thrown: unknown): boolean {
  return NO_CREDENTIALS.test(messageOf(thrown));
}

/** The table of published messages is unreadable; retrying does not fix that. */
export function isUnreadableFile(error: unknown): boolean {
  return isStreamInferError(error) && error.code === 'FILE_UNREADABLE';
}
