import { Command } from 'commander';
import { wholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Classifies the 5,000 held-out training images and writes the baseline to the manifest.
It has the mix of predicted classes, confidence, brightness, contrast, calibration, and
the temperature that would calibrate the model. Drift is measured against this baseline.
train does this automatically; the weights do not change.

With --images, your own images take their place: a folder with one subfolder for each
class, or a CSV file. The model may take any images, but needs a manifest (models import).

Use the seed of the training (see the model card): another seed would hold out images
that the model was trained on.

Examples:
  $ stream-infer models baseline fashion-mnist --force
  $ stream-infer models baseline ./models/fashion-mnist/2 --seed 7
  $ stream-infer models baseline ./models/pets/1 --images ./photos --force`;

export function baselineCommand(): Command {
  const command = new Command('baseline')
    .description('Compute the baseline for drift detection and store it in the manifest.')
    .argument('<model>', 'name, name@version, or folder')
    .option('--images <paths...>', 'your images by class: folders or CSV files')
    .option('--data-dir <dir>', 'Fashion-MNIST folder (default: search, else download)')
    .option('--seed <n>', 'seed of the training (selects held-out images)', wholeNumber, 1)
    .option('--force', 'overwrite of an existing baseline')
    .option('--json', 'one JSON report');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/models-baseline.js')).computeBaseline),
  );
}
