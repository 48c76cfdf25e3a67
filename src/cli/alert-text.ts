import colors from 'picocolors';
import type { StoredEvent } from '../core/event';
import { objectsText } from '../core/found-objects';
import { CLASS_NAMES } from '../core/labels';
import { percent } from '../core/percent';
import type { Severity } from '../core/rule';
import { printable } from './print-outcomes';

const PAINT: Readonly<Record<Severity, (text: string) => string>> = {
  info: colors.cyan,
  warning: colors.yellow,
  critical: colors.red,
};

/** `#17  2026-01-02 03:04:05  warning   bags  open  Bag with 98 %; …` */
export function alertLine(alert: StoredEvent): string {
  const number = `#${alert.alert ?? '?'}`.padStart(6);
  const state = alert.acknowledged === null ? 'open' : 'acknowledged';
  const severity = PAINT[alert.severity](alert.severity.padEnd(8));
  const rule = printable(alert.rule).padEnd(16);
  return `${number}  ${toTime(alert.at)}  ${severity}  ${rule}  ${state}  ${printable(alert.description)}\n`;
}

/** One alert, one fact per line. */
export function alertText(alert: StoredEvent): string {
  const facts = factsOf(alert);
  const width = Math.max(...facts.map(([name]) => name.length));
  const title = `${PAINT[alert.severity](alert.severity)} alert ${alert.alert ?? '?'}: ${printable(alert.description)}`;
  return `${title}\n\n${facts.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${printable(value)}`).join('\n')}\n`;
}

/** The event has no names for the classes of other models than Fashion-MNIST's. */
function truthOf({ schemaVersion, truth }: NonNullable<StoredEvent['prediction']>): string {
  return (schemaVersion === 1 ? CLASS_NAMES[truth ?? -1] : undefined) ?? `class ${truth}`;
}

function factsOf(alert: StoredEvent): (readonly [name: string, value: string])[] {
  const { prediction, deadLetter, acknowledged } = alert;
  return [
    ['rule', `${alert.rule} (${alert.kind})`],
    ['raised', toTime(alert.at)],
    ['matches', `${alert.matches}, the last at ${toTime(alert.lastAt)}`],
    ...(prediction
      ? ([
          ['prediction', prediction.id],
          ['label', `${prediction.className}, ${percent(prediction.confidence, 1)}`],
          ...(prediction.objects === undefined
            ? []
            : ([['objects', objectsText(prediction.objects)]] as const)),
          ...(prediction.truth === undefined ? [] : ([['truth', truthOf(prediction)]] as const)),
        ] as const)
      : []),
    ...(deadLetter ? ([['dead letter', `${deadLetter.sourceId}: ${deadLetter.code}`]] as const) : []),
    ['acknowledged', acknowledged === null ? 'no' : acknowledgedText(acknowledged)],
    ['event', alert.id],
  ];
}

function acknowledgedText({ at, by, note }: NonNullable<StoredEvent['acknowledged']>): string {
  return `${toTime(at)}${by === '' ? '' : ` by ${by}`}${note === '' ? '' : `: ${note}`}`;
}

/** To the second, in UTC. */
function toTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
