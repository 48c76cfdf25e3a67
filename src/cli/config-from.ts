import { Option, type Command } from 'commander';
import { parseClientProperties, type ClientProperties } from '../brokers/kafka/client-properties';
import { parseKafkaOverrides } from '../brokers/kafka/properties';
import { emptyLayer, setAt, type ConfigLayer } from '../config/layers';
import { loadConfig, type LoadedConfig } from '../config/load';
import type { ConfigInput } from '../config/schema';
import { whyUnreadable } from '../config/why-unreadable';
import { StreamInferError } from '../core/errors';
import { listSome } from '../core/list-some';
import { readSettings } from '../core/read-settings';
import { flagsOf, type ConfigFlag, type FlagScope } from './config-flags';

/**
 * The configuration from flags, environment and file. Throws CONFIG_INVALID.
 *
 * @param forced settings that the command fixes, by dotted path
 * @param defaults the command's own defaults; every other source wins over them
 */
export function configFrom(
  command: Command,
  scope: FlagScope,
  forced: Partial<Record<string, unknown>> = {},
  defaults: ConfigInput = {},
): LoadedConfig {
  const layer = emptyLayer();
  for (const [dotted, value] of Object.entries(forced)) setAt(layer, dotted.split('.'), value, 'command');
  const given = command.opts<Record<string, unknown>>();
  for (const flag of flagsOf(scope)) {
    const option = new Option(flag.flags);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli' || !matches(flag, option, given[name])) continue;
    const value = flag.value ?? (flag.read ? flag.read(String(given[name])) : given[name]);
    setAt(layer, flag.path, value, `flag ${option.long}`);
  }
  addKafkaProperties(layer, given);
  return loadConfig({ defaults, flags: layer, file: given['config'] as string | undefined });
}

/** `--demo` and `--no-demo` share one attribute: only the flag that was used counts. */
function matches(flag: ConfigFlag, option: Option, given: unknown): boolean {
  return flag.value === undefined ? typeof given !== 'boolean' : given === !option.negate;
}

function addKafkaProperties(layer: ConfigLayer, given: Record<string, unknown>): void {
  const file = given['kafkaConfig'] as string | undefined;
  const explicit = new Set(layer.sources.keys());
  const pasted = file === undefined ? { properties: {}, settings: {} } : pastedProperties(file);
  for (const [path, value] of Object.entries(pasted.settings))
    setAt(layer, path.split('.'), value, `file ${file}`);
  const properties = [
    ...Object.entries(pasted.properties).map(([key, value]) => [key, value, `file ${file}`] as const),
    ...Object.entries(parseKafkaOverrides((given['X'] ?? []) as string[])).map(
      ([key, value]) => [key, value, 'flag -X'] as const,
    ),
  ];
  for (const [key, value, source] of properties) {
    if (!explicit.has(`kafka.properties.${key}`)) setAt(layer, ['kafka', 'properties', key], value, source);
  }
}

/** Reports the ignored lines of the file in one line on stderr. */
function pastedProperties(file: string): Pick<ClientProperties, 'properties' | 'settings'> {
  const { properties, settings, ignored } = parseClientProperties(readProperties(file));
  const lines = listSome(ignored, (line) => line).join(', ');
  if (ignored.length > 0) process.stderr.write(`${file}: ignored properties: ${lines}\n`);
  return { properties, settings };
}

function readProperties(file: string): string {
  try {
    return readSettings(file);
  } catch (error) {
    throw new StreamInferError('USAGE', `--kafka-config ${file}: ${whyUnreadable(error)}`, { cause: error });
  }
}
