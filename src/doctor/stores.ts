import type { Config } from '../config/schema';
import { isStreamInferError, messageOf } from '../core/errors';
import { openOriginals, openReferences } from '../setup/outside-images';
import type { Check } from './check';

/** Whether the clients of the configured stores of images load; nothing where there is none. */
export async function checkStores(config: Config): Promise<Check[]> {
  if (config.references.allow.length === 0 && config.events.keepOriginals === undefined) return [];
  const name = 'references';
  try {
    (await openReferences(config))?.close();
    (await openOriginals(config, null))?.close();
    return [{ name, state: 'ok', detail: 'the clients of the stores load' }];
  } catch (error) {
    const isMissing = isStreamInferError(error) && error.code === 'DEPENDENCY_MISSING';
    const [detail = '', remedy] = messageOf(error).split('; install it: ');
    return [{ name, state: 'problem', detail, ...(isMissing && remedy !== undefined && { remedy }) }];
  }
}
