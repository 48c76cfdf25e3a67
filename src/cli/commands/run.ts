import { Command } from 'commander';
import { StreamInferError } from '../../core/errors';
import { duration, positiveWholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
import { runProcessor, type RunOptions } from '../run-processor';
import { unknownCommand } from '../unknown-command';

export function runCommand(): Command {
  const command = new Command('run')
    .usage('[options]')
    .description(
      'Classify the images of a topic and publish a labelled prediction for each (the default command).',
    )
    .argument('[command]');
  addRunFlags(command);
  return command
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer                                            demo with the in-memory broker
  $ stream-infer --broker kafka --create-topics             a Kafka on localhost:9092
  $ stream-infer --broker kafka --embedded --demo           Kafka protocol, no Kafka needed
  $ PUBSUB_EMULATOR_HOST=localhost:8085 stream-infer --broker pubsub
  $ stream-infer --broker kafka --no-http --print --limit 100 --json`,
    )
    .action(async (unknown: string | undefined, options: RunOptions) => {
      // As the default command, run is also given every word that is no command.
      if (unknown !== undefined) throw unknownCommand(unknown, command.parent);
      if (options.json && !options.print)
        throw new StreamInferError('USAGE', '--json says how to print: add --print');
      await runProcessor(configFrom(command, 'run'), options);
    });
}

/** Those of `run`, in their order. */
export function addRunFlags(command: Command): Command {
  command
    .option('--limit <n>', 'stop cleanly after n outcomes', positiveWholeNumber)
    .option('--exit-when-idle <duration>', 'stop cleanly when nothing arrived for so long', duration)
    .option('--print', 'one line a prediction on stdout')
    .option('--json', 'with --print: NDJSON');
  return addConfigFlags(command, 'run');
}
