import { formatBytes, formatDuration } from './duration';
import { LEAVES, type Leaf } from './leaves';
import type { LoadedConfig } from './load';
import { isShown, MASK } from './shown';

/** One setting in force. */
export interface SettingInForce {
  /** Dotted, as in the configuration file. */
  readonly path: string;
  /** undefined where there is none; `(masked)` unless it is known to hold no secret. */
  readonly value: unknown;
  /** `flag --port`, `environment …`, `file …` or `default`. */
  readonly place: string;
  readonly unit?: Leaf['unit'];
  readonly description?: Leaf['description'];
}

/** Every setting of the schema, with one entry per key of a map. */
export function settingsInForce({ config, sources }: LoadedConfig): SettingInForce[] {
  return LEAVES.flatMap(({ path, kind, unit, description }) => {
    const value = path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], config);
    const entries =
      kind === 'map'
        ? Object.entries(value as object).map(([key, entry]): [string[], unknown] => [[...path, key], entry])
        : [[[...path], value] as [string[], unknown]];
    return entries.map(([at, entry]) => ({
      path: at.join('.'),
      value: masked(entry, at),
      place: (entry === undefined ? undefined : sources.get(at.join('.'))) ?? 'default',
      unit,
      description,
    }));
  });
}

/** A value for people: `30s`, `64MiB`; undefined for one without a unit. */
export function withUnit({ value, unit }: Pick<SettingInForce, 'value' | 'unit'>): string | undefined {
  if (typeof value !== 'number' || unit === undefined) return undefined;
  return unit === 'bytes' ? formatBytes(value) : formatDuration(value);
}

/** A setting, or a tree of them, as it may be shown. */
export function masked(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) {
    return value === undefined || isShown(path, value) ? value : MASK;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, masked(child, [...path, key])]),
  );
}
