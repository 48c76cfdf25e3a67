import type * as S3 from '@aws-sdk/client-s3';
import type * as Gcs from '@google-cloud/storage' with { 'resolution-mode': 'import' };
import type * as Undici from 'undici';
import { StreamInferError } from '../core/errors';

/** The packages that only some users need, by the scheme of their references. */
export const CLIENT_PACKAGES = { s3: '@aws-sdk/client-s3', gs: '@google-cloud/storage' } as const;

export type HttpModule = typeof Undici;
export type S3Module = typeof S3;
export type GcsModule = typeof Gcs;

export async function loadHttp(): Promise<HttpModule> {
  return await import('undici');
}

/** Rejects with DEPENDENCY_MISSING and the remedy. */
export async function loadS3(): Promise<S3Module> {
  return await import('@aws-sdk/client-s3').catch((error: unknown) => fail('s3', error));
}

/** Rejects with DEPENDENCY_MISSING and the remedy. */
export async function loadGcs(): Promise<GcsModule> {
  return await import('@google-cloud/storage').catch((error: unknown) => fail('gs', error));
}

function fail(scheme: keyof typeof CLIENT_PACKAGES, cause: unknown): never {
  const name = CLIENT_PACKAGES[scheme];
  throw new StreamInferError(
    'DEPENDENCY_MISSING',
    `${scheme}:// needs the package ${name}, which cannot be loaded; install it: npm install ${name}`,
    { cause },
  );
}
