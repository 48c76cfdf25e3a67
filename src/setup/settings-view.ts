import { settingsInForce, withUnit } from '../config/settings';
import type { LoadedConfig } from '../config/load';
import type { Setting } from '../http/services';

/** Effective settings for the dashboard. */
export function toSettings(loaded: LoadedConfig): Setting[] {
  return settingsInForce(loaded).map(({ path, value, place, unit, description }) => ({
    path,
    value: withUnit({ value, unit }) ?? toText(value),
    source: toSource(place),
    ...(description !== undefined && { description }),
  }));
}

function toText(value: unknown): string {
  if (value === undefined) return '(not set)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Values set by the command itself count as defaults. */
function toSource(place: string): Setting['source'] {
  const [kind] = place.split(' ');
  return kind === 'flag' || kind === 'environment' || kind === 'file' ? kind : 'default';
}
