import { addAbortSignal, type Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { messageOf } from '../core/errors';
import { oneLine } from '../core/one-line';
import { judgeConnection } from './http-verdict';
import type { S3Module } from './load-client';
import { isAlive, judgeObject } from './object-status';
import { readBody } from './read-body';
import type { Reference } from './reference';
import { tooLarge, tooSlow, type FetchAnswer, type FetchRequest, type ImageStore } from './store';
import type { WritableStore } from './writable-store';

export interface S3Settings {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly pathStyle?: boolean | undefined;
}

/** Wrong or expired credentials, a clock, a region or a bucket that does not exist: not the fault of an object. */
const OF_CONFIGURATION = new Set([
  ...['ExpiredToken', 'ExpiredTokenException', 'InvalidAccessKeyId', 'InvalidToken', 'TokenRefreshRequired'],
  ...['SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'CredentialsProviderError', 'NoSuchBucket'],
  ...['AuthorizationHeaderMalformed', 'PermanentRedirect', 'AccountProblem', 'AllAccessDisabled'],
]);
/** The named version is the mark of a deletion. */
const OF_DELETED_VERSION = 405;

/** Objects of S3 and stores with its interface. Credentials come from where the SDK of AWS looks for them. */
export class S3Store implements ImageStore, WritableStore {
  readonly #client: S3Client;

  constructor(
    private readonly sdk: S3Module,
    private readonly options: S3Settings & { readonly timeoutMs: number },
  ) {
    const { endpoint, region, pathStyle = endpoint !== undefined } = options;
    this.#client = new sdk.S3Client({
      region: region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
      ...(endpoint !== undefined && { endpoint }),
      forcePathStyle: pathStyle,
      followRegionRedirects: true,
      // Attempts are counted, and waited for, by the caller.
      maxAttempts: 1,
      // Other stores than AWS do not know the checksums that became a default.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  async fetch({ reference, etag, maxBytes, signal }: FetchRequest): Promise<FetchAnswer> {
    const { host: Bucket, path, version: VersionId, shown } = reference;
    const input = {
      Bucket,
      Key: path.slice(1),
      ...(VersionId && { VersionId }),
      ...(etag && { IfNoneMatch: etag }),
    };
    let isAnswered = false;
    try {
      const object = await this.#client.send(new this.sdk.GetObjectCommand(input), { abortSignal: signal });
      isAnswered = true;
      const { Body, ContentLength, ETag, ContentType } = object;
      const body = addAbortSignal(signal, Body as Readable);
      if ((ContentLength ?? 0) > maxBytes) {
        body.on('error', () => undefined).destroy();
        return tooLarge(shown, ContentLength, maxBytes);
      }
      const bytes = await readBody(body, maxBytes);
      if (bytes === undefined) return tooLarge(shown, undefined, maxBytes);
      return { kind: 'fetched', bytes, etag: ETag, contentType: ContentType };
    } catch (error) {
      return signal.aborted
        ? tooSlow(shown, this.options.timeoutMs, isAnswered)
        : judge(error, shown, isAnswered);
    }
  }

  async answers({ host: Bucket }: Reference, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.send(new this.sdk.HeadBucketCommand({ Bucket }), { abortSignal: signal });
      return true;
    } catch (error) {
      return isAlive(statusOf(error));
    }
  }

  async put(
    bucket: string,
    key: string,
    bytes: Buffer,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const input = { Bucket: bucket, Key: key, Body: bytes, ContentType: contentType };
    await this.#client.send(new this.sdk.PutObjectCommand(input), { abortSignal: signal });
  }

  close(): void {
    this.#client.destroy();
  }
}

function judge(error: unknown, shown: string, isAnswered: boolean): FetchAnswer {
  const name = error instanceof Error ? error.name : '';
  const status = statusOf(error);
  const reason = `${shown}: ${oneLine(`${name}: ${messageOf(error)}`)}`;
  if (status === 304) return { kind: 'unchanged' };
  if (OF_CONFIGURATION.has(name)) return { kind: 'later', reason };
  if (status === undefined || status < 300) return judgeConnection(error, shown, isAnswered);
  if (name === 'SlowDown') return { kind: 'later', reason };
  if (status === OF_DELETED_VERSION) return { kind: 'refused', code: 'REFERENCE_NOT_FOUND', reason };
  return judgeObject(status, reason);
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}
