import { AlertClient } from '../../alerting/alert-client';
import { ALERT_HEADINGS, alertLine, alertText } from '../alert-text';
import { hint } from '../hint';
import type { ServerFlags } from '../server-flags';
import { serverOf, userName } from '../server-of';
import { renderImage, type TerminalSize } from '../terminal-image';

/** Of a terminal, and of text in a file. */
const USUAL_COLUMNS = 80;

interface ListFlags extends ServerFlags {
  readonly open?: boolean;
  readonly rule?: string;
  readonly limit: number;
}

interface AckFlags extends ServerFlags {
  readonly by?: string;
  readonly note: string;
}

export async function listAlerts(flags: ListFlags): Promise<void> {
  const { rule, open = false, limit, json } = flags;
  const alerts = await clientOf(flags).list({ rule, open, limit });
  if (json) for (const alert of alerts) print(JSON.stringify(alert));
  else if (alerts.length === 0) print('no alerts');
  else {
    process.stdout.write(`${ALERT_HEADINGS}${alerts.map(alertLine).join('')}`);
    hint('alerts show <number> shows one with its image, alerts ack <number> acknowledges it');
  }
}

export async function showAlert(number: number, flags: ServerFlags): Promise<void> {
  const client = clientOf(flags);
  const alert = await client.show(number);
  if (flags.json) return print(JSON.stringify(alert));
  const picture = await client.picture(alert);
  process.stdout.write(alertText(alert));
  if (picture !== null) print(`\n${renderImage(picture, terminal())}`);
}

export async function acknowledgeAlert(number: number, flags: AckFlags): Promise<void> {
  const alert = await clientOf(flags).acknowledge(number, flags.by ?? userName(), flags.note);
  if (flags.json) print(JSON.stringify(alert));
  else process.stdout.write(alertText(alert));
}

function clientOf(flags: ServerFlags): AlertClient {
  return new AlertClient(serverOf(flags));
}

function terminal(): TerminalSize {
  const { isTTY, columns = USUAL_COLUMNS } = process.stdout;
  return { columns, colours: isTTY && !process.env['NO_COLOR'] };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
