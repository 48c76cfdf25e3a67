import colors from 'picocolors';
import type { StoredEvent } from '../core/event';
import { objectsText } from '../core/found-objects';
import { percent } from '../core/percent';
import type { Severity } from '../core/rule';
import { truthName } from '../core/truth-name';
import { printable } from './print-outcomes';

const PAINT: Readonly<Record<Severity, (text: string) => string>> = {
  info: colors.cyan,
  warning: colors.yellow,
  critical: colors.red,
};

/** Of the columns of `alertLine`. */
export const ALERT_HEADINGS = `${colors.dim(
  `number  ${'time (UTC)'.padEnd(19)}  ${'severity'.padEnd(8)}  ${'rule'.padEnd(16)}  ${'state'.padEnd(12)}  description`,
)}\n`;

/** `#17  2026-01-02 03:04:05  warning   bags  open  Bag with 98 %; …` */
export function alertLine(alert: StoredEvent): string {
  const number = `#${alert.alert ?? '?'}`.padStart(6);
  const state = alert.acknowledged === null ? 'open' : 'acknowledged';
  const severity = PAINT[alert.severity](alert.severity.padEnd(8));
  const rule = printable(alert.rule).padEnd(16);
  return `${number}  ${toTime(alert.at)}  ${severity}  ${rule}  ${state.padEnd(12)}  ${printable(alert.description)}\n`;
}

/** One alert, one fact per line. */
export function alertText(alert: StoredEvent): string {
  const facts = factsOf(alert);
  const width = Math.max(...facts.map(([name]) => name.length));
  const title = `${PAINT[alert.severity](alert.severity)} alert ${alert.alert ?? '?'}: ${printable(alert.description)}`;
  return `${title}\n\n${facts.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${printable(value)}`).join('\n')}\n`;
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
          ...(prediction.truth === undefined ? [] : ([['truth', truthName(prediction)]] as const)),
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
