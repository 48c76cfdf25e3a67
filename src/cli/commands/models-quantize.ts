import { Command } from 'commander';
import { wholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Calibrates the activation ranges on 500 training images, measures the result on the
10,000 test images, and writes int8.json and the figures in the model card. Nothing
is written if the accuracy drops by more than 0.3 points.

With --precision auto, run uses int8 if it is faster on this machine.

Examples:
  $ stream-infer models quantize fashion-mnist --force
  $ stream-infer run --precision int8`;

export function quantizeCommand(): Command {
  const command = new Command('quantize')
    .description('Calibrate a model for --precision int8 and measure the accuracy loss.')
    .argument('<model>', 'name, name@version, or folder')
    .option('--data-dir <dir>', 'Fashion-MNIST folder (default: search, else download)')
    .option('--seed <n>', 'seed of the choice of calibration images', wholeNumber, 1)
    .option('--force', 'overwrite of an existing int8 variant')
    .option('--json', 'one JSON report');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/models-quantize.js')).quantize),
  );
}
