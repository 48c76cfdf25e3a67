import { userInfo } from 'node:os';
import { AlertClient } from '../../alerting/alert-client';
import { loadConfig } from '../../config/load';
import { alertLine, alertText } from '../alert-text';
import { renderImage, type TerminalSize } from '../terminal-image';

/** Of a terminal, and of text in a file. */
const USUAL_COLUMNS = 80;

interface ServerFlags {
  readonly url?: string;
  readonly token?: string;
  readonly config?: string;
  readonly json?: boolean;
}

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
  else process.stdout.write(alerts.map(alertLine).join(''));
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

function clientOf({ url, token, config: file }: ServerFlags): AlertClient {
  const { http } = loadConfig({ file }).config;
  return new AlertClient({ url: url ?? addressOf(http.host, http.port), token: token ?? http.token });
}

/** A server that listens on all addresses also listens on localhost. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Empty for a user id without an entry in the system's user database. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

function terminal(): TerminalSize {
  const { isTTY, columns = USUAL_COLUMNS } = process.stdout;
  return { columns, colours: isTTY && !process.env['NO_COLOR'] };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
