import { Command } from 'commander';
import { wholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Calibrates the activation ranges on 500 training images, measures the result on the
10,000 test images, and writes int8.json and the figures in the model card. Nothing
is written if the accuracy drops by more than 0.3 points.

With --images, your own images take their place, for any TF.js model of layers with a
manifest (models import): at least 10, better several hundred. Half of them, at most 500,
calibrate; the others compare int8 with fp32. In one subfolder for each class, or a CSV
file, they also measure the accuracy. Nothing is written if that drops by more than 1
point, or if more than 2 % of images without classes get another one.

With --precision auto, run uses int8 if it is faster on this machine.

Examples:
  $ stream-infer models quantize fashion-mnist --force
  $ stream-infer models quantize ./models/pets/1 --images ./photos
  $ stream-infer run --precision int8`;

export function quantizeCommand(): Command {
  const command = new Command('quantize')
    .description('Calibrate a model for --precision int8 and measure the accuracy loss.')
    .argument('<model>', 'name, name@version, or folder')
    .option('--images <paths...>', 'your images: folders or CSV files')
    .option('--data-dir <dir>', 'Fashion-MNIST folder (default: search, else download)')
    .option('--seed <n>', 'seed of the choice of calibration images', wholeNumber, 1)
    .option('--force', 'overwrite of an existing int8 variant')
    .option('--json', 'one JSON report');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/models-quantize.js')).quantize),
  );
}
