import { Command, Option } from 'commander';
import { addConfigFlags } from '../add-config-flags';
import { duration, positiveWholeNumber } from '../arguments';
import { grouped } from '../flag-groups';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Examples:
  $ stream-infer                                   demo with the memory broker
  $ stream-infer --broker kafka --create-topics    Kafka on localhost:9092
  $ stream-infer --broker kafka --embedded --demo  Kafka without a Kafka
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
    .addOption(
      grouped(new Option('--limit <n>', 'outcomes after which the process stops')).argParser(
        positiveWholeNumber,
      ),
    )
    .addOption(
      grouped(
        new Option('--exit-when-idle <duration>', 'time without messages after which it stops'),
      ).argParser(duration),
    )
    .addOption(grouped(new Option('--print', 'one line per prediction on stdout')))
    .addOption(grouped(new Option('--json', 'with --print: NDJSON')));
  return addConfigFlags(command, 'run');
}
