import { Command } from 'commander';
import { dlqListCommand } from './dlq-list';
import { dlqRedriveCommand } from './dlq-redrive';

/** `dlq list` and `dlq redrive`: what was refused, and another try for it. */
export function dlqCommand(): Command {
  return new Command('dlq')
    .description('Look at dead letters, and publish their originals again.')
    .addCommand(dlqListCommand())
    .addCommand(dlqRedriveCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer dlq list --broker kafka
  $ stream-infer dlq redrive --broker kafka --code TOO_LARGE_BYTES`,
    );
}
