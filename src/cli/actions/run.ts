import type { Command } from 'commander';
import { configFrom } from '../config-from';
import { assertPrintable, runProcessor, type RunOptions } from '../run-processor';
import { unknownCommand } from '../unknown-command';

export async function run(unknown: string | undefined, options: RunOptions, command: Command): Promise<void> {
  // As the default command, run also receives every word that is not a command.
  if (unknown !== undefined) throw unknownCommand(unknown, command.parent);
  assertPrintable(options);
  await runProcessor(configFrom(command, 'run'), options);
}
