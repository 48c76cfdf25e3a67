import { Command } from 'commander';
import { addConfigFlags } from '../add-config-flags';
import { duration, positiveWholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Examples:
  $ stream-infer                                            demo with the in-memory broker
  $ stream-infer --broker kafka --create-topics             Kafka on localhost:9092
  $ stream-infer --broker kafka --embedded --demo           Kafka protocol without a Kafka
  $ PUBSUB_EMULATOR_HOST=localhost:8085 stream-infer --broker pubsub
  $ stream-infer --broker kafka --no-http --print --limit 100 --json`;

export function runCommand(): Command {
  const command = new Command('run')
    .usage('[options]')
    .description('Classify the images of a topic and publish predictions (default command).')
    .argument('[command]');
  addRunFlags(command);
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/run.js')).run));
}

/** The flags of `run`, which `demo` has, too. */
export function addRunFlags(command: Command): Command {
  command
    .option('--limit <n>', 'outcomes after which the process stops', positiveWholeNumber)
    .option('--exit-when-idle <duration>', 'time without messages after which it stops', duration)
    .option('--print', 'one line per prediction on stdout')
    .option('--json', 'with --print: NDJSON');
  return addConfigFlags(command, 'run');
}
