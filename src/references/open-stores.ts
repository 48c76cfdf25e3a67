import { GcsStore, type GcsSettings } from './gcs-store';
import { loadGcs, loadS3 } from './load-client';
import { S3Store, type S3Settings } from './s3-store';

/** Rejects with DEPENDENCY_MISSING. */
export async function openS3(options: S3Settings & { readonly timeoutMs: number }): Promise<S3Store> {
  return new S3Store(await loadS3(), options);
}

/** Rejects with DEPENDENCY_MISSING. */
export async function openGcs(options: GcsSettings & { readonly timeoutMs: number }): Promise<GcsStore> {
  return new GcsStore(await loadGcs(), options);
}
