import { Command } from 'commander';
import { listCommand } from './models-list';
import { quantizeCommand } from './models-quantize';
import { verifyCommand } from './models-verify';

/** `models list`, `models verify` and `models quantize`: what is known of the models on disk, and int8 for them. */
export function modelsCommand(): Command {
  return new Command('models')
    .description('List and verify models, and make them for 8-bit integers.')
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(quantizeCommand())
    .addHelpText(
      'after',
      `
Examples:
  $ stream-infer models list
  $ stream-infer models verify fashion-mnist
  $ stream-infer models quantize ./models/fashion-mnist/2`,
    );
}
