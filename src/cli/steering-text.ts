import colors from 'picocolors';
import type { AuditEntry, SteeringState } from '../core/steering';
import { printable } from './print-outcomes';

/** State of a stream, one fact per line. */
export function stateText({ state, paused, rate, inFlight, workers }: SteeringState): string {
  const lines = [paused === null ? state : `${colors.yellow(state)} ${pauseText(paused)}`];
  lines.push(`rate       ${rate === null ? 'no limit' : `${rate} images/s`}`);
  if (workers !== null) lines.push(`workers    ${workers.now} of ${workers.most} (${workers.mode})`);
  lines.push(`in flight  ${inFlight}`);
  return `${lines.join('\n')}\n`;
}

function pauseText({ by, via, reason, since }: NonNullable<SteeringState['paused']>): string {
  const why = reason === '' ? '' : `: ${printable(reason)}`;
  return `since ${toTime(since)} by ${printable(by)} (${via})${why}`;
}

/** `#3  2026-01-02 03:04:05  pause   anna (ctl)  done  paused: labels are wrong` */
export function changeLine({
  number,
  at,
  action,
  by,
  via,
  detail,
  reason,
  outcome,
  result,
}: AuditEntry): string {
  const what = [action, printable(detail)].filter(Boolean).join(' ');
  const why = reason === '' ? '' : ` (${printable(reason)})`;
  const how = outcome === 'failed' ? colors.red(outcome) : outcome;
  const who = `${printable(by)} (${via})`;
  return `${`#${number}`.padStart(5)}  ${toTime(at)}  ${who}  ${what}  ${how}: ${printable(result)}${why}\n`;
}

function toTime(iso: string): string {
  return printable(iso).slice(0, 19).replace('T', ' ');
}
