import { Command } from 'commander';
import { readModelFiles, resolveModelDir } from '../../models/files';
import { assertNotMade, quantizeModel } from '../../training/quantize';
import { wholeNumber } from '../arguments';
import { loadSplit } from '../load-split';
import { describeInt8 } from '../training-report';

interface QuantizeFlags {
  readonly dataDir?: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

const HELP = `
Finds the ranges of the activations on 500 training images, measures the model on
the 10,000 test images, and writes int8.json with the figures, which also go into
the model card. Nothing is written if more than 0.3 points of accuracy are lost.

Where int8 is faster, run then takes it by itself (--precision auto).

Examples:
  $ stream-infer models quantize fashion-mnist --force
  $ stream-infer run --precision int8`;

export function quantizeCommand(): Command {
  return new Command('quantize')
    .description('Make a model for --precision int8: calibrate it and measure what is lost.')
    .argument('<model>', 'name, name@version, or folder')
    .option(
      '--data-dir <dir>',
      'folder of the Fashion-MNIST files (default: the usual places, else download)',
    )
    .option('--seed <n>', 'chooses the images to calibrate with', wholeNumber, 1)
    .option('--force', 'make it again')
    .option('--json', 'print one JSON report')
    .addHelpText('after', HELP)
    .action(async (model: string, { dataDir, seed, force = false, json }: QuantizeFlags) => {
      const files = await readModelFiles(await resolveModelDir(model));
      assertNotMade(files, force);
      const place = { dataDir, stream: process.stderr };
      const result = await quantizeModel({
        files,
        training: await loadSplit('train', place),
        test: await loadSplit('test', place),
        seed,
        force,
      });
      process.stdout.write(
        json
          ? `${JSON.stringify({ dir: files.dir, ...result }, null, 2)}\n`
          : `${files.name}@${files.version}: ${describeInt8(result)}\nWritten to ${files.dir}\n`,
      );
    });
}
