import type { ProcessContext } from '../composition/context';
import type { OriginalStore } from '../core/event';
import type { ValueResolver } from '../core/resolver';
import type { ModelShape } from '../core/model-shape';
import { openOriginals, openRecords, openReferences } from '../setup/outside-images';

/** What the configuration does with images outside of messages. */
export interface OutsideImages {
  /** In the order in which values pass them. */
  readonly resolvers: readonly ValueResolver[];
  /** null where the images behind events are not kept. */
  readonly originals: OriginalStore | null;
}

/**
 * Rejects with DEPENDENCY_MISSING.
 *
 * @param shape of the model; undefined before it is loaded
 */
export async function acquireOutsideImages(
  { config, releasers, abandon }: Pick<ProcessContext, 'config' | 'releasers' | 'abandon'>,
  shape: () => ModelShape | undefined,
): Promise<OutsideImages> {
  const records = openRecords(config, shape, abandon.signal);
  const references = await openReferences(config);
  releasers.add('references', () => references?.close());
  const originals = await openOriginals(config, references);
  releasers.add('originals', () => originals?.close());
  // A record may hold a reference.
  const resolvers = [records, references?.resolver ?? null].filter((one) => one !== null);
  return { resolvers, originals };
}
