import type { Config } from '../config/schema';
import type { RegistrationOptions } from '../schema-registry/register-predictions';
import type * as registration from '../schema-registry/register-predictions';

/**
 * The form in which a prediction in JSON is published with a registered schema; undefined without `output.schema`: then
 * nothing is loaded. Rejects with CONFIG_INVALID where the registry refuses.
 */
export async function framePredictions(
  config: Config,
  options: RegistrationOptions,
): Promise<((json: Buffer) => Buffer) | undefined> {
  if (config.output.schema === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is off by default
  const { registerPredictions } = require('../schema-registry/register-predictions') as typeof registration;
  return await registerPredictions(config, options);
}
