import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { PUBLISH_FORMATS } from '../../publishing/formats';
import { addConfigFlags } from '../add-config-flags';
import { imageShape, positiveNumber, positiveWholeNumber, wholeNumber } from '../arguments';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
The start is inclusive and the end exclusive: --start 0 --end 100 publishes 100 images.

With --images, the files of a folder are published unchanged, with their content type.
In a folder with one subfolder for each class, the subfolder is the true class (header
label), which the accuracy is measured with. A CSV file has a line file,label for each
image. Files that are not images are reported and skipped; the exit code is then 1.

An address (https://, s3://, gs://, file://) is published as it is. The consumers fetch
the image, if their setting references.allow has its place.

Examples:
  $ stream-infer publish --broker kafka --start 0 --end 100 --with-truth
  $ stream-infer publish --broker pubsub --loop --rate 50 --shuffle
  $ stream-infer publish --broker kafka shirt.png boot.jpg
  $ stream-infer publish --broker kafka s3://camera/line-1/boot.png
  $ stream-infer publish --broker kafka --shape 96x96x3 cat.raw
  $ stream-infer publish --broker kafka --images ./photos --rate 20 --limit 1000`;

export function publishCommand(): Command {
  const command = new Command('publish')
    .description('Publish Fashion-MNIST images, or your own image files, to the input topic.')
    .argument('[files...]', 'PNG, JPEG, WebP or raw files, or addresses of images')
    .option('--images <paths...>', 'folders, files or CSV files instead of dataset images')
    .option('--shape <h>x<w>[x3]', 'size of raw files (default: 28x28)', imageShape)
    .option('--topic <name>', 'target topic (default: the input topic)')
    .addOption(choiceOption('--split', ['test', 'train'], 'part of the dataset', 'test'))
    .option('--start <n>', 'index of the first image', wholeNumber, 0)
    .option('--end <n>', 'index after the last image (default: start + 100)', wholeNumber)
    .option('--rate <n>', 'images per second (default: unlimited)', positiveNumber)
    .option('--limit <n>', 'largest number of images of --images', positiveWholeNumber)
    .option('--loop', 'repetition until stopped')
    .option('--shuffle', 'random order')
    .addOption(choiceOption('--format', PUBLISH_FORMATS, 'encoding of an image', 'raw'))
    .option('--with-truth', 'true class as a header, to measure the accuracy')
    .option('--data-dir <dir>', 'folder with the Fashion-MNIST files')
    .option('--create-topics', 'creation of missing topics');
  addConfigFlags(command, 'broker');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/publish.js')).publish));
}
