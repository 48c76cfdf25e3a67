import type { ReferencesConfig } from '../config/references';
import { createPublicLookup } from '../config/public-lookup';
import type { ValueResolver } from '../core/resolver';
import { AllowList, isHttp } from './allow-list';
import { ReferenceFetcher } from './fetcher';
import { FileStore } from './file-store';
import { HttpStore } from './http-store';
import { loadHttp } from './load-client';
import { openGcs, openS3 } from './open-stores';
import type { Reference } from './reference';
import { createReferenceResolver } from './reference-resolver';
import type { ImageStore } from './store';

export interface ReferencesOptions {
  readonly config: ReferencesConfig;
  /** Of one image. */
  readonly maxBytes: number;
}

export interface References {
  readonly resolver: ValueResolver;
  close(): void;
}

/**
 * Fetching of images that messages refer to. Rejects with DEPENDENCY_MISSING without the client of an allowed store.
 */
export async function createReferences(options: ReferencesOptions): Promise<References> {
  const { config, maxBytes } = options;
  const allowList = new AllowList(config);
  const stores = await openStores(allowList, options);
  const fetcher = new ReferenceFetcher({
    allowList,
    // The allow-list has the scheme, so that its store is open.
    storeOf: ({ scheme }) => stores.get(scheme) as ImageStore,
    maxBytes,
    timeoutMs: config.timeout,
    attempts: config.attempts,
    cacheBytes: config.cacheBytes,
  });
  return {
    resolver: createReferenceResolver({
      fetcher,
      maxBytes,
      concurrency: config.concurrency,
      namesByReference: config.id === 'reference',
    }),
    close: () => {
      fetcher.close();
      for (const store of new Set(stores.values())) store.close();
    },
  };
}

async function openStores(
  allowList: AllowList,
  { config }: ReferencesOptions,
): Promise<ReadonlyMap<Reference['scheme'], ImageStore>> {
  const stores = new Map<Reference['scheme'], ImageStore>();
  const schemes = new Set(allowList.places.map(({ scheme }) => scheme));
  const timeoutMs = config.timeout;
  if (schemes.has('s3')) stores.set('s3', await openS3({ ...config.s3, timeoutMs }));
  if (schemes.has('gs')) stores.set('gs', await openGcs({ ...config.gcs, timeoutMs }));
  if (schemes.has('file')) stores.set('file', new FileStore({ allowList, timeoutMs }));
  if (![...schemes].some(isHttp)) return stores;
  const http = new HttpStore(await loadHttp(), {
    allowList,
    authorization: new Map(
      Object.entries(config.authorization).map(([place, value]) => [new URL(place).origin, value]),
    ),
    timeoutMs,
    concurrency: config.concurrency,
    lookup: config.allowPrivateNetwork ? undefined : createPublicLookup('references.allowPrivateNetwork'),
  });
  return stores.set('http', http).set('https', http);
}
