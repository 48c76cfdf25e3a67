import { Command } from 'commander';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Writes <to>/<name>/<version> with the network, a complete classifier.json, a manifest
with SHA-256 sums, and golden vectors: images with the scores that every runtime must
reproduce. Such a model can be verified, swapped while it serves, and replayed like a
shipped one.

Probes (--probe) are images like those the model will see: files in a folder, or an
.npy file with uint8 [n, height, width, channels]. With a subfolder for each class and
at least 100 images, they also give the baseline for drift detection.

Expected scores (--expected) come from the original framework: one row for each probe,
in the order of file names. A difference above 0.001 is an error.

Examples:
  $ stream-infer models import ./my-model --name birds --probe ./test-images
  $ stream-infer models import model.onnx --name cars --probe x.npy --expected y.npy`;

export function importCommand(): Command {
  const command = new Command('import')
    .description('Add a model of yours to a models folder, with checks.')
    .argument('<model>', 'folder, *.json or .onnx file')
    .requiredOption('--name <name>', 'name of the model')
    .option('--to <dir>', 'models folder', 'models')
    .option('--probe <images>', 'folder of images, or .npy file')
    .option('--expected <file>', 'scores of the probes, .npy or .csv')
    .option('--json', 'one JSON report');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/models-import.js')).importModel),
  );
}
