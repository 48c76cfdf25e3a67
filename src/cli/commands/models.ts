import { Command } from 'commander';
import { baselineCommand } from './models-baseline';
import { listCommand } from './models-list';
import { quantizeCommand } from './models-quantize';
import { verifyCommand } from './models-verify';

/** What is known of the models on disk, and what can be added to them: int8 and a baseline. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('List and verify models, make them for 8-bit integers, and measure what drift is told by.')
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(quantizeCommand())
    .addCommand(baselineCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer models list
  $ stream-infer models verify fashion-mnist
  $ stream-infer models quantize ./models/fashion-mnist/2
  $ stream-infer models baseline ./models/fashion-mnist/2`,
    );
}
