import { Command, InvalidArgumentError } from 'commander';
import { positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';
import { addServerFlags } from '../server-flags';

const MOST_LISTED = 500;
const JSON_HELP = 'one JSON object per alert';

const actions = () => import('../actions/alerts.js');

/** `alerts list|show|ack`: the alerts of a running process, over its HTTP API. */
export function alertsCommand(): Command {
  const command = new Command('alerts')
    .description('List, show and acknowledge the alerts of a running process.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(ackCommand());
  return addHelp(
    command,
    `
Examples:
  $ stream-infer alerts list --open
  $ stream-infer alerts show 17
  $ stream-infer alerts ack 17 --note "lamp at gate 3 is broken"`,
  );
}

function listCommand(): Command {
  const command = new Command('list')
    .description('List alerts, newest first: number, time, severity, rule, state, description.')
    .option('--open', 'unacknowledged alerts only')
    .option('--rule <name>', 'alerts of this rule only')
    .option('--limit <n>', `most alerts listed, up to ${MOST_LISTED}`, atMostListed, 50);
  return addServerFlags(command, JSON_HELP).action(lazily(async () => (await actions()).listAlerts));
}

function showCommand(): Command {
  const command = new Command('show')
    .description('Show one alert with its image.')
    .argument('<number>', 'number of the alert', positiveWholeNumber);
  return addServerFlags(command, JSON_HELP).action(lazily(async () => (await actions()).showAlert));
}

function ackCommand(): Command {
  const command = new Command('ack')
    .description('Acknowledge an alert; only the first acknowledgement is kept.')
    .argument('<number>', 'number of the alert', positiveWholeNumber)
    .option('--by <name>', 'your name (default: the login name)')
    .option('--note <text>', 'note kept with the alert', '');
  return addServerFlags(command, JSON_HELP).action(lazily(async () => (await actions()).acknowledgeAlert));
}

function atMostListed(text: string): number {
  const value = positiveWholeNumber(text);
  if (value > MOST_LISTED) throw new InvalidArgumentError(`It must be at most ${MOST_LISTED}.`);
  return value;
}
