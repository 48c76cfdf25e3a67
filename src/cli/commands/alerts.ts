import { userInfo } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { AlertClient } from '../../alerting/alert-client';
import { loadConfig } from '../../config/load';
import { alertLine, alertText } from '../alert-text';
import { positiveWholeNumber } from '../arguments';
import { renderImage } from '../terminal-image';

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

const MOST_LISTED = 500;

/** `alerts list|show|ack`: what the rules of a running process raised. */
export function alertsCommand(): Command {
  return new Command('alerts')
    .description('Look at the numbered alerts of a running stream-infer, and acknowledge them.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(ackCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer alerts list --open
  $ stream-infer alerts show 17
  $ stream-infer alerts ack 17 --note "lamp at gate 3 is broken"`,
    );
}

function listCommand(): Command {
  const command = new Command('list')
    .description(
      'List alerts, newest first: number, when, severity, rule, whether somebody has seen it, what.',
    )
    .option('--open', 'only those that nobody has acknowledged')
    .option('--rule <name>', 'only those of this rule')
    .option('--limit <n>', 'show at most n, 500 at most', atMostListed, 50);
  return addServerFlags(command).action(async (flags: ListFlags) => {
    const { rule, open = false, limit, json } = flags;
    const alerts = await clientOf(flags).list({ rule, open, limit });
    if (json) for (const alert of alerts) print(JSON.stringify(alert));
    else if (alerts.length === 0) print('no alerts');
    else process.stdout.write(alerts.map(alertLine).join(''));
  });
}

function showCommand(): Command {
  const command = new Command('show')
    .description('Show one alert by its number, with its image.')
    .argument('<number>', 'number of the alert', positiveWholeNumber);
  return addServerFlags(command).action(async (number: number, flags: ServerFlags) => {
    const client = clientOf(flags);
    const alert = await client.show(number);
    if (flags.json) return print(JSON.stringify(alert));
    const pixels = await client.pixels(alert);
    process.stdout.write(alertText(alert));
    if (pixels !== null) print(`\n${renderImage(pixels, coloured())}`);
  });
}

function ackCommand(): Command {
  const command = new Command('ack')
    .description('Say that somebody has seen an alert; the first one counts.')
    .argument('<number>', 'number of the alert', positiveWholeNumber)
    .option('--by <name>', 'who (default: the name of the user)')
    .option('--note <text>', 'what there is to say', '');
  return addServerFlags(command).action(async (number: number, flags: AckFlags) => {
    const alert = await clientOf(flags).acknowledge(number, flags.by ?? userName(), flags.note);
    if (flags.json) print(JSON.stringify(alert));
    else process.stdout.write(alertText(alert));
  });
}

function addServerFlags(command: Command): Command {
  return command
    .option(
      '--url <address>',
      'of the running process (default: http.host and http.port of the configuration)',
    )
    .option('--token <secret>', 'its token (default: http.token of the configuration)')
    .option('-c, --config <file>', 'configuration file (default: ./stream-infer.yaml if there)')
    .option('--json', 'JSON, one line an alert');
}

function clientOf({ url, token, config: file }: ServerFlags): AlertClient {
  const { http } = loadConfig({ file }).config;
  return new AlertClient({ url: url ?? addressOf(http.host, http.port), token: token ?? http.token });
}

/** Who listens everywhere listens here, too. */
function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function atMostListed(text: string): number {
  const value = positiveWholeNumber(text);
  if (value > MOST_LISTED) throw new InvalidArgumentError(`It must be at most ${MOST_LISTED}.`);
  return value;
}

/** A user without an entry in the system's list has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

function coloured(): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR'];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
