import { z } from 'zod';
import { configSchema } from './schema';

/** The JSON Schema of the configuration file, for editors and for the reference. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}
