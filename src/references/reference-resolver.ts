import type { Answer, MessageValue, Resolution, ValueResolver } from '../core/resolver';
import type { Fetched, ReferenceFetcher } from './fetcher';
import type { NamedImage } from './named-image';
import { findReference } from './recognise';
import { withoutQuery } from './reference';

export interface ReferenceResolverOptions {
  readonly fetcher: Pick<ReferenceFetcher, 'fetch'>;
  readonly maxBytes: number;
  readonly concurrency: number;
  /** Whether a message without an id gets its reference as one. */
  readonly namesByReference: boolean;
}

/** Puts the image that a message refers to in the place of its value. */
export function createReferenceResolver(options: ReferenceResolverOptions): ValueResolver {
  return {
    concurrency: options.concurrency,
    resolve: (message: MessageValue): Answer => {
      const found = findReference(message);
      if (found === undefined) return null;
      if ('code' in found) return { kind: 'refused', ...found };
      return isTooLarge(found, options) ?? resolveNamed(found, options);
    },
  };
}

/** A notification gives the size, so that nothing has to be fetched. */
function isTooLarge(
  { reference, bytes = 0 }: NamedImage,
  { maxBytes }: ReferenceResolverOptions,
): Resolution | undefined {
  if (bytes <= maxBytes) return undefined;
  const message = `${reference.shown} has ${bytes} bytes; the limit is ${maxBytes}`;
  return { kind: 'refused', code: 'REFERENCE_TOO_LARGE', message };
}

async function resolveNamed(named: NamedImage, options: ReferenceResolverOptions): Promise<Resolution> {
  const fetched = await options.fetcher.fetch(named.reference);
  return toResolution(fetched, named, options);
}

function toResolution(
  fetched: Fetched,
  { reference, id, label }: NamedImage,
  { namesByReference }: ReferenceResolverOptions,
): Resolution {
  switch (fetched.kind) {
    case 'fetched':
      return {
        kind: 'resolved',
        value: fetched.image.bytes,
        contentType: fetched.image.contentType,
        id: id ?? (namesByReference ? withoutQuery(reference) : undefined),
        label,
      };
    case 'refused': {
      const { code, message } = fetched.refusal;
      const attempts = fetched.attempts > 1 ? ` (${fetched.attempts} attempts)` : '';
      return { kind: 'refused', code, message: `${message}${attempts}` };
    }
    case 'later':
      return { kind: 'postponed', reason: fetched.reason, retryAfterMs: fetched.retryAfterMs };
  }
}
