import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { DEFAULT_MODEL } from '../../core/default-model';
import { PRECISIONS } from '../../core/precision';
import { RUNTIME_NAMES } from '../../core/runtime-name';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Classifies the 10,000 test images and compares the accuracy with the model card. The
exit code is 1 if it differs by more than 0.05 points. The default precision is fp32,
whose accuracy is the same on every machine. For the precision that run would choose, use
--precision auto. With --against, two models are compared on the same images, and the
difference is tested for significance (McNemar's test).

With --images, any model is measured on your own images. Give a folder with one subfolder
for each class, or a CSV file with a line file,label for each image. Images that cannot be
read are reported and skipped; the model card is not compared.

--robustness also measures the accuracy with all test images shifted by 3 pixels, rotated
by 15 degrees, half as bright, noisy, compressed, or inverted.

Examples:
  $ stream-infer evaluate
  $ stream-infer evaluate --model ./pets --images ./photos
  $ stream-infer evaluate --model fashion-mnist@1 --runtime tfjs-wasm
  $ stream-infer evaluate --precision int8
  $ stream-infer evaluate --model fashion-mnist@2 --against fashion-mnist@1
  $ stream-infer evaluate --against fashion-mnist --against-precision int8
  $ stream-infer evaluate --mistakes mistakes.svg
  $ stream-infer evaluate --model fashion-mnist@2 --against fashion-mnist@1 --robustness
  $ stream-infer evaluate --model ./models/fashion-mnist/2 --data-dir ~/fashion-mnist
  $ stream-infer evaluate --json | jq .accuracy
`;

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Measure the accuracy of a model on Fashion-MNIST or on your own images.')
    .option('--model <model>', 'name, name@version, or folder', DEFAULT_MODEL)
    .addOption(choiceOption('--runtime', ['auto', ...RUNTIME_NAMES], 'inference runtime', 'auto'))
    .addOption(
      choiceOption('--precision', ['auto', ...PRECISIONS], 'auto: the choice of run on this machine', 'fp32'),
    )
    .option('--against <model>', 'second model, compared on the same images')
    .addOption(
      choiceOption(
        '--against-precision',
        ['auto', ...PRECISIONS],
        'its precision (default: that of the first)',
      ),
    )
    .option('--images <paths...>', 'your images by class: folders or CSV files')
    .option('--mistakes <file.svg>', 'picture of the most confident mistakes')
    .option('--robustness', 'accuracy on shifted, rotated, dark, … test images, too')
    .option('--card', 'write the table of --robustness to the model card')
    .option('--data-dir <dir>', 'Fashion-MNIST folder (default: search, else download)')
    .option('--json', 'one JSON report');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/evaluate.js')).evaluate));
}
