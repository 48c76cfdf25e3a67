import { Command } from 'commander';
import { addHelp } from '../help-text';
import { baselineCommand } from './models-baseline';
import { importCommand } from './models-import';
import { inspectCommand } from './models-inspect';
import { listCommand } from './models-list';
import { quantizeCommand } from './models-quantize';
import { verifyCommand } from './models-verify';

const HELP = `
Examples:
  $ stream-infer models inspect ./my-model cat.jpg
  $ stream-infer models import ./my-model --name cats
  $ stream-infer models list
  $ stream-infer models verify fashion-mnist
  $ stream-infer models quantize ./models/fashion-mnist/2
  $ stream-infer models baseline ./models/fashion-mnist/2`;

/** Models of the user and models on disk, with the int8 variant and the baseline that can be added to them. */
export function modelsCommand(): Command {
  const command = new Command('models')
    .description('Inspect, import, verify and quantize models; compute drift baselines.')
    .addCommand(inspectCommand())
    .addCommand(importCommand())
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(quantizeCommand())
    .addCommand(baselineCommand());
  return addHelp(command, HELP);
}
