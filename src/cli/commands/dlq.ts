import { Command } from 'commander';
import { addHelp } from '../help-text';
import { dlqListCommand } from './dlq-list';
import { dlqRedriveCommand } from './dlq-redrive';

const HELP = `
Examples:
  $ stream-infer dlq list --broker kafka
  $ stream-infer dlq redrive --broker kafka --code TOO_LARGE_BYTES`;

/** `dlq list` and `dlq redrive`: dead letters, and the retry of their originals. */
export function dlqCommand(): Command {
  const command = new Command('dlq')
    .description('List dead letters and republish their originals.')
    .addCommand(dlqListCommand())
    .addCommand(dlqRedriveCommand());
  return addHelp(command, HELP);
}
