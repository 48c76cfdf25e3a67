import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { DEFAULT_MODEL } from '../../core/default-model';
import { ARCHITECTURES, ARCHITECTURE_NAMES } from '../../training/architectures';
import type { Recipe } from '../../training/recipe';
import { notNegative, positiveNumber, positiveWholeNumber, shareBelowOne, wholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Trains on Fashion-MNIST with tfjs-node, about 30 s per epoch on 2 cores (deep: 60 s).
The weights of the best epoch are kept, measured on 5,000 images held out from the
training set. With TF_NUM_INTRAOP_THREADS=1, the same seed gives the same weights.

Ctrl-C stops after the current batch and keeps the best weights so far (exit code 130).
With --checkpoint, no model is written; run the same command again to resume after the
last complete epoch. A second Ctrl-C quits and writes nothing.
--patience ends the training after that many epochs without an improvement. The learning
rate falls over all of --epochs and most is gained at the end: for the best weights, omit
--patience.
Loss and accuracy by epoch are in the model card and in curves.svg in the same folder.
The page shows them (tab Quality) while the model is active.
An int8 variant is added at the end if onnxruntime loads.

With --from-labels, the weights of --model are trained further on the labels of people,
mixed with original images. A fifth of the labels is held out to measure. Nothing is
written unless the result is better on those, and loses at most 0.3 points on the test
images. Of the other flags only --epochs, --seed, --out, --data-dir and --json apply.

Examples:
  $ stream-infer train
  $ stream-infer train --architecture lenet
  $ stream-infer train --architecture deep --checkpoint deep.checkpoint
  $ stream-infer train --epochs 2 --name quick
  $ stream-infer train --epochs 60 --patience 5
  $ stream-infer train --seed 7 --epochs 20 --out ./models/fashion-mnist/2
  $ stream-infer train --json | jq -c 'select(.type == "epoch") | [.epoch, .validationAccuracy]'
  $ stream-infer train --from-labels labels.ndjson --model fashion-mnist
  $ stream-infer evaluate --model ./models/fashion-mnist/2
`;

export function trainCommand(): Command {
  const command = new Command('train')
    .description('Train a model on Fashion-MNIST and write it as a new version.')
    .addOption(
      choiceOption('--architecture', ARCHITECTURE_NAMES, 'deep: more accurate; light, lenet: faster', 'cnn'),
    )
    .option('--name <name>', 'name of the model (default: fashion-mnist, or lenet)')
    .option('--epochs <n>', `training epochs ${defaults('epochs')}`, positiveWholeNumber)
    .option('--batch-size <n>', `images per step ${defaults('batchSize')}`, positiveWholeNumber)
    .option('--learning-rate <rate>', `peak rate of Adam ${defaults('learningRate')}`, positiveNumber)
    .option('--warm-up-epochs <n>', `epochs until that peak ${defaults('warmUpEpochs')}`, notNegative)
    .option('--weight-decay <rate>', `decay of kernels per step ${defaults('weightDecay')}`, notNegative)
    .option(
      '--label-smoothing <share>',
      `share spread over all classes ${defaults('labelSmoothing')}`,
      shareBelowOne,
    )
    .option('--shift <pixels>', `largest random shift of images ${defaults('shift')}`, wholeNumber)
    .option(
      '--rotation <degrees>',
      `largest rotation, of 30 % of the images ${defaults('rotation')}`,
      notNegative,
    )
    .option(
      '--inversion <share>',
      `share of images that are inverted ${defaults('inversion')}`,
      shareBelowOne,
    )
    .option('--erasing <share>', `share with a rectangle of noise ${defaults('erasing')}`, shareBelowOne)
    .option('--averaging <share>', `decay of the weight average ${defaults('averaging')}`, shareBelowOne)
    .option('--seed <n>', 'seed of weights, order and augmentation', wholeNumber, 1)
    .option('--out <dir>', 'new folder (default: ./models/<name>/<next version>)')
    .option('--data-dir <dir>', 'Fashion-MNIST folder (default: search, else download)')
    .option('--checkpoint <file>', 'state after each epoch; resumed from if it exists')
    .option('--patience <n>', 'epochs without improvement; 0: no limit', wholeNumber, 0)
    .option('--from-labels <file|url>', 'labels to train --model further from: export or process')
    .option('--model <model>', 'start of --from-labels', DEFAULT_MODEL)
    .option('--token <secret>', 'bearer token of the process with the labels')
    .option('--json', 'NDJSON: each epoch, then the model; progress on stderr');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/train.js')).train));
}

/** The defaults of the recipes, for the help: the first one's, then the others by value. */
function defaults(part: keyof Recipe): string {
  const byValue = new Map<number, string[]>();
  for (const name of ARCHITECTURE_NAMES) {
    const value = ARCHITECTURES[name].recipe[part];
    byValue.set(value, [...(byValue.get(value) ?? []), name]);
  }
  const [[common] = [0], ...others] = byValue;
  return `(default: ${[common, ...others.map(([value, names]) => `${names.join(', ')}: ${value}`)].join('; ')})`;
}
