import type { BrokerKind } from '../core/message';
import type { OriginalImage } from '../core/picture';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

export function count(value: number): string {
  return whole.format(value);
}

/** 12,345 in full, 1.23M beyond. */
export function shortCount(value: number): string {
  return value < 100_000 ? whole.format(value) : compact.format(value);
}

export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : shortCount(perSecond);
}

/** 0–1 as a percentage; never rounded up to 100%. */
export function percent(share: number, digits = 0): string {
  const shown = (share * 100).toFixed(digits);
  return `${share < 1 && Number(shown) === 100 ? `>${(100 - 10 ** -digits).toFixed(digits)}` : shown}%`;
}

export function milliseconds(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms >= 1000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `${ms.toFixed(ms < 1 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

export function seconds(value: number): string {
  if (value < 1) return 'under 1 s';
  if (value < 90) return `${Math.round(value)} s`;
  return value < 5400 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}

export function bytes(value: number): string {
  if (value < 1024) return plural(value, 'byte');
  return value < 1024 * 1024 ? `${Math.ceil(value / 1024)} KiB` : `${count(value / 1024 / 1024)} MiB`;
}

/** Time of day with ms; returns a text that is not a time unchanged. */
export function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleTimeString('en-GB', { hour12: false }) +
        `.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Date and time of day. */
export function dateAndTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

const BROKER_NAMES: Readonly<Record<BrokerKind, string>> = {
  memory: 'The memory broker',
  kafka: 'Kafka',
  pubsub: 'Pub/Sub',
};

/** As at the beginning of a sentence. */
export function brokerName(kind: BrokerKind): string {
  return BROKER_NAMES[kind];
}

const FORMAT_NAMES: Readonly<Record<OriginalImage['format'], string>> = {
  png: 'PNG',
  jpeg: 'JPEG',
  webp: 'WebP',
};

export function fileText({ format, width, height }: OriginalImage): string {
  return `${FORMAT_NAMES[format]}, ${width} × ${height}`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
