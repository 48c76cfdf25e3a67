import { StreamInferError } from '../../../core/errors';
import type { KafkaToken } from './settings';

/** Kafka's own limit for the whole message is 512 KiB. */
const MOST_CHARACTERS = 65_536;

/** Throws IDENTITY_REFUSED or IDENTITY_UNAVAILABLE for a token that no broker could accept. */
export function assertUsable(token: unknown, name: string): asserts token is KafkaToken {
  const { value, expiresAt, principal, extensions } = (token ?? {}) as Partial<
    Record<keyof KafkaToken, unknown>
  >;
  const problem =
    typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value) || value.length > MOST_CHARACTERS
      ? `its value is not text of 1 to ${MOST_CHARACTERS} visible ASCII characters`
      : typeof expiresAt !== 'number' || !Number.isFinite(expiresAt)
        ? 'its expiresAt is not a number of milliseconds since 1970'
        : principal !== undefined && typeof principal !== 'string'
          ? 'its principal is not text'
          : extensionProblem(extensions);
  if (problem !== undefined)
    throw new StreamInferError('IDENTITY_REFUSED', `${name}: the token is unusable, because ${problem}`);
  if ((expiresAt as number) <= Date.now())
    throw new StreamInferError(
      'IDENTITY_UNAVAILABLE',
      `${name}: the token had expired when it arrived; compare the clocks of both machines`,
    );
}

/** Names and values as in RFC 7628, section 3.1. */
export function extensionProblem(extensions: unknown): string | undefined {
  if (extensions === undefined) return undefined;
  if (typeof extensions !== 'object' || extensions === null) return 'its extensions are not an object';
  const wrong = Object.entries(extensions).find(
    ([key, value]) =>
      !/^[A-Za-z]+$/.test(key) ||
      key === 'auth' ||
      typeof value !== 'string' ||
      !/^[\x20-\x7e]+$/.test(value),
  );
  return wrong === undefined ? undefined : `the extension "${wrong[0]}" is not a name of letters with text`;
}
