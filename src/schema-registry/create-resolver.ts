import type { Config } from '../config/schema';
import type { ValueResolver } from '../core/resolver';
import type { FieldMapping } from './field-mapping';
import { RegistryClient } from './registry-client';
import { SchemaCache } from './schema-cache';
import { createSchemaResolver } from './schema-resolver';
import { registrySettingsOf } from './settings';

/**
 * Opens the records of the input; null where none is configured.
 *
 * @param pixels bytes of a raw image, as far as they are known
 * @param signal ends all requests
 */
export function createRecordResolver(
  config: Config,
  pixels: () => number,
  signal: AbortSignal,
): ValueResolver | null {
  const settings = registrySettingsOf(config);
  if (settings === null || !config.input.schema.enabled) return null;
  const schemas = new SchemaCache(new RegistryClient(settings, signal), mappingOf(config));
  return createSchemaResolver(schemas, { maxBytes: config.inference.maxImageBytes, pixels });
}

function mappingOf({ input: { schema } }: Config): FieldMapping {
  const toPath = (text: string | undefined) => text?.split('.');
  return { image: toPath(schema.image), id: toPath(schema.id), label: toPath(schema.label) };
}
