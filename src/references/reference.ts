import type { ReferenceScheme } from '../config/allowed-place';
import type { RejectionCode } from '../core/errors';

/** An image elsewhere, named by a message. */
export interface Reference {
  readonly scheme: ReferenceScheme;
  /** Host with its port, bucket, or nothing for a file. */
  readonly host: string;
  /** With http the path as it is sent; the key of an object after a slash; the absolute path of a file. */
  readonly path: string;
  /** With http: the query with its question mark, which may hold a signature; otherwise nothing. */
  readonly query: string;
  /** Version of an object: S3's `versionId`, Cloud Storage's generation. */
  readonly version?: string;
  /** Names the content, for the cache. */
  readonly url: string;
  /** For messages: without the query, printable and of bounded length. */
  readonly shown: string;
}

/** The codes of messages whose image cannot be fetched. */
export type ReferenceCode = Extract<RejectionCode, `REFERENCE_${string}`>;

/** Why a message with a reference becomes a dead letter. */
export interface ReferenceRefusal {
  readonly code: ReferenceCode;
  /** Safe to show. */
  readonly message: string;
}

export function isReferenceRefusal(
  value: Reference | ReferenceRefusal | undefined,
): value is ReferenceRefusal {
  return value !== undefined && 'code' in value;
}

export function refuse(code: ReferenceCode, message: string): ReferenceRefusal {
  return { code, message };
}

/** A query may hold a signature, which has no place in a prediction. */
export function withoutQuery({ scheme, host, path, version }: Reference): string {
  return `${scheme}://${host}${path}${version === undefined ? '' : `#${version}`}`;
}
