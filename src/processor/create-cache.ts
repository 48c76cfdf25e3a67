import type { Config } from '../config/schema';
import type { Log } from '../core/ports';
import type * as Caching from '../result-cache/result-cache';

/** null without `cache.entries`: then nothing is loaded. */
export function createCache(
  limits: Config['cache'],
  model: Caching.ActiveModel,
  log: Log,
): Caching.ContentCache | null {
  if (limits.entries === 0) return null;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is off by default
  const { ContentCache } = require('../result-cache/result-cache') as typeof Caching;
  return new ContentCache(limits, model, log);
}
