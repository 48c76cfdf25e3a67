import { StreamInferError, isStreamInferError, messageOf } from '../../../core/errors';
import { asksForPatience } from '../../../core/retry-after';
import type { KafkaToken } from './settings';

/** Gets tokens from one place. */
export interface TokenProvider {
  /** For people, as in "oidc client team-a". It contains no secret. */
  readonly name: string;
  /** Address of the token server, if there is only one; it contains no secret. */
  readonly place?: string;
  /** Loads the package that it needs. Rejects with DEPENDENCY_MISSING. */
  load(): Promise<void>;
  /** Rejects with IDENTITY_UNAVAILABLE, or with IDENTITY_REFUSED where a retry alone does not help. */
  fetch(signal: AbortSignal): Promise<KafkaToken>;
}

/** Longest part of a foreign error in a message, in characters. */
const MOST_TEXT = 300;

/** Runs `load`, an import. Rejects with DEPENDENCY_MISSING if the package is not installed. */
export async function loadPackage<T>(identity: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new StreamInferError(
      'DEPENDENCY_MISSING',
      `kafka.identity ${identity} needs the package ${name}, which could not be loaded; run \`npm install ${name}\``,
      { cause: error },
    );
  }
}

/**
 * The failure of a cloud's SDK as one of the two codes.
 *
 * @param hopeless names of errors that a retry alone does not fix, such as missing credentials
 */
export function fromSdk(thrown: unknown, name: string, hopeless: RegExp): StreamInferError {
  if (isStreamInferError(thrown)) return thrown;
  const refused = isClientError(statusOf(thrown)) || hopeless.test(`${nameOf(thrown)}: ${messageOf(thrown)}`);
  return new StreamInferError(
    refused ? 'IDENTITY_REFUSED' : 'IDENTITY_UNAVAILABLE',
    `${name}: ${shortened(messageOf(thrown))}`,
    { cause: thrown },
  );
}

/** Whether the same request would fail again. */
export function isClientError(status: number | undefined): boolean {
  return status !== undefined && status >= 300 && status < 500 && !asksForPatience(status);
}

/** A foreign text on one line, not too long. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= MOST_TEXT ? line : `${line.slice(0, MOST_TEXT)}…`;
}

/** The SDKs of the three clouds have different names for it. */
function statusOf(thrown: unknown): number | undefined {
  const { status, statusCode, response, $metadata } = (thrown ?? {}) as {
    status?: unknown;
    statusCode?: unknown;
    response?: { status?: unknown };
    $metadata?: { httpStatusCode?: unknown };
  };
  const found = [status, statusCode, response?.status, $metadata?.httpStatusCode];
  return found.find((one) => typeof one === 'number');
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}
