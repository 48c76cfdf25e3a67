import type { Config } from '../config/schema';
import type { OriginalStore } from '../core/event';
import { bytesPerImage, FASHION_MNIST, type ModelShape } from '../core/model-shape';
import type { ValueResolver } from '../core/resolver';
import type * as originalStore from '../references/original-store';
import type { References } from '../references/references';
import type * as fetching from '../references/references';
import type * as records from '../schema-registry/create-resolver';

/** Fetching of images that messages refer to; null where none are read. Rejects with DEPENDENCY_MISSING. */
export async function openReferences({ references: config, inference }: Config): Promise<References | null> {
  if (config.allow.length === 0) return null;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is off by default
  const { createReferences } = require('../references/references') as typeof fetching;
  return await createReferences({ config, maxBytes: inference.maxImageBytes });
}

/**
 * Opens records with a registered schema; null without a registry.
 *
 * @param shape of the model; undefined before it is loaded
 * @param signal ends all requests
 */
export function openRecords(
  config: Config,
  shape: () => ModelShape | undefined,
  signal: AbortSignal,
): ValueResolver | null {
  if (config.schemaRegistry.url === undefined) return null;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is off by default
  const { createRecordResolver } = require('../schema-registry/create-resolver') as typeof records;
  return createRecordResolver(config, () => bytesPerImage(shape() ?? FASHION_MNIST), signal);
}

/** The store of images behind events; null where they are not kept. Rejects with DEPENDENCY_MISSING. */
export async function openOriginals(
  { references: config, events }: Config,
  references: References | null | undefined,
): Promise<OriginalStore | null> {
  const place = events.keepOriginals;
  if (place === undefined) return null;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is off by default
  const { createOriginalStore } = require('../references/original-store') as typeof originalStore;
  return await createOriginalStore({ place, config, resolver: references?.resolver });
}
