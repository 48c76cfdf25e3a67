import { z } from 'zod';
import { component } from '../openapi/json-schema';
import { text, type Wire } from './answer-fields';

const setting = z.object({
  path: text.describe('Dotted, as in the configuration file.'),
  value: text.describe('As text; (not set) if there is none, (masked) for a secret.'),
  source: z.enum(['default', 'file', 'environment', 'flag']),
  description: text.exactOptional(),
});
export type Setting = Wire<typeof setting>;

export const configAnswer = component('Settings', z.object({ settings: z.array(setting) }));
export type ConfigAnswer = Wire<typeof configAnswer>;
