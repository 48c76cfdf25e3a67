import { isStreamInferError, messageOf, type ErrorCode } from '../core/errors';
import { statusOf } from '../http/problems';

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const GRPC_STATUS = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** By HTTP status, so that both protocols agree. */
const BY_HTTP_STATUS: Readonly<Record<number, number>> = {
  401: GRPC_STATUS.UNAUTHENTICATED,
  403: GRPC_STATUS.PERMISSION_DENIED,
  404: GRPC_STATUS.NOT_FOUND,
  409: GRPC_STATUS.ABORTED,
  429: GRPC_STATUS.RESOURCE_EXHAUSTED,
  500: GRPC_STATUS.INTERNAL,
  501: GRPC_STATUS.UNIMPLEMENTED,
  502: GRPC_STATUS.UNAVAILABLE,
  503: GRPC_STATUS.UNAVAILABLE,
  504: GRPC_STATUS.DEADLINE_EXCEEDED,
};

interface GrpcFailure {
  readonly code: number;
  readonly details: string;
  /** For the metadata of the answer. */
  readonly errorCode: ErrorCode;
}

/** The text of an unexpected error stays in the log. */
export function failureOf(thrown: unknown): GrpcFailure {
  if (!isStreamInferError(thrown) || thrown.code === 'INTERNAL')
    return { code: GRPC_STATUS.INTERNAL, details: 'internal error; see the log', errorCode: 'INTERNAL' };
  const code = BY_HTTP_STATUS[statusOf(thrown.code)] ?? GRPC_STATUS.INVALID_ARGUMENT;
  return { code, details: messageOf(thrown), errorCode: thrown.code };
}
