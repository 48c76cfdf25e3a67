import type { ProcessOptions } from '../composition/context';
import type * as pushModule from '../push/create-push';
import type { Push } from '../push/create-push';

/** The module is loaded only where messages are pushed. */
export function createPushIfEnabled(
  { config, log }: Pick<ProcessOptions, 'config' | 'log'>,
  refusal: () => string | null,
): Push | undefined {
  if (!config.pubsub.push.enabled) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on demand, as the adapters of brokers are
  const { createPush } = require('../push/create-push') as typeof pushModule;
  return createPush(config, refusal, log);
}
