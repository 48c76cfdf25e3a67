import type { Reference, ReferenceCode } from './reference';

/** What a store answers about one object. Texts are safe to show. */
export type FetchAnswer =
  | FetchedImage
  /** The object is as it was when it had the given ETag. */
  | { readonly kind: 'unchanged' }
  /** Not this object, however often it is asked for. */
  | { readonly kind: 'refused'; readonly code: ReferenceCode; readonly reason: string }
  /** Not now, whatever the object. */
  | {
      readonly kind: 'later';
      readonly reason: string;
      readonly retryAfterMs?: number | undefined;
      /** There was no connection. */
      readonly isUnreachable?: boolean;
    }
  /** The store may be down, or cannot give this object. */
  | {
      readonly kind: 'doubtful';
      readonly reason: string;
      readonly code: 'REFERENCE_TIMEOUT' | 'REFERENCE_FAILED' | 'REFERENCE_REFUSED';
      /** The store answered, if only in part: it is not down. */
      readonly isAlive?: boolean;
    };

export interface FetchedImage {
  readonly kind: 'fetched';
  readonly bytes: Buffer;
  readonly etag?: string | undefined;
  readonly contentType?: string | undefined;
}

export interface FetchRequest {
  readonly reference: Reference;
  /** Of bytes that are at hand. */
  readonly etag?: string | undefined;
  readonly maxBytes: number;
  /** Aborts when the time of this attempt is over, or with the process. */
  readonly signal: AbortSignal;
}

/** A kind of store of images. */
export interface ImageStore {
  /** Never rejects. */
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  /** Whether the store of this reference answers at all at present. Never rejects. */
  answers(reference: Reference, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

/** Time is over, or nearly: what an attempt that was aborted says. */
export function tooSlow(shown: string, timeoutMs: number, isAlive?: boolean): FetchAnswer {
  return {
    kind: 'doubtful',
    code: 'REFERENCE_TIMEOUT',
    reason: `${shown} was not complete within ${timeoutMs} ms`,
    ...(isAlive && { isAlive }),
  };
}

export function tooLarge(shown: string, bytes: number | undefined, maxBytes: number): FetchAnswer {
  const size = bytes === undefined ? 'more' : `${bytes}`;
  return {
    kind: 'refused',
    code: 'REFERENCE_TOO_LARGE',
    reason: `${shown} has ${size} bytes; the limit is ${maxBytes}`,
  };
}
