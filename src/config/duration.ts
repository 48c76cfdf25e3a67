const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parses `500ms`, `20s`, `1.5m`, `2h` or a bare number of ms; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * (UNIT_MS[match[2] ?? 'ms'] as number);
}

/** The shortest exact text: 90000 is `90s`, 3600000 is `1h`, 1500 is `1500ms`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const unit = (['h', 'm', 's'] as const).find((one) => ms % (UNIT_MS[one] as number) === 0) ?? 'ms';
  return `${ms / (UNIT_MS[unit] as number)}${unit}`;
}

/** The shortest exact text: 67108864 is `64MiB`, 1000 is `1000B`. */
export function formatBytes(bytes: number): string {
  const power = [3, 2, 1].find((one) => bytes > 0 && bytes % 1024 ** one === 0) ?? 0;
  return `${bytes / 1024 ** power}${['B', 'KiB', 'MiB', 'GiB'][power]}`;
}

/** Parses `65536`, `64KiB`, `16MB`, `1GiB` as bytes; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmg])(i?)b?|b)?$/i.exec(text.trim());
  if (!match) return undefined;
  const base = match[3] ? 1024 : 1000;
  const power = match[2] ? 'kmg'.indexOf(match[2].toLowerCase()) + 1 : 0;
  return Math.round(Number(match[1]) * base ** power);
}
