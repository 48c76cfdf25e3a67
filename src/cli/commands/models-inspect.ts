import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { RUNTIME_NAMES } from '../../core/runtime-name';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Takes a folder, a TF.js *.json file, an .onnx file, or the name of a shipped model.
Prints its kind, input, preprocessing, output and labels, and where each value comes
from; change a value in classifier.json next to the model. Then the model is loaded,
and the images are classified.

Examples:
  $ stream-infer models inspect ./my-model cat.jpg dog.jpg
  $ stream-infer models inspect ./classifier.onnx --json`;

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('Explain how a model of yours is read, and try it on images.')
    .argument('<model>', 'folder, *.json, .onnx, or name[@version]')
    .argument('[images...]', 'PNG, JPEG or WebP files to classify')
    .addOption(choiceOption('--runtime', ['auto', ...RUNTIME_NAMES], 'inference runtime', 'auto'))
    .option('--json', 'one JSON report');
  return addHelp(command, HELP).action(
    lazily(async () => (await import('../actions/models-inspect.js')).inspect),
  );
}
