import { Command } from 'commander';
import { choiceOption } from '../choice-option';
import { DEFAULT_MODEL } from '../../core/default-model';
import { INVERT_MODES } from '../../core/image';
import { RESIZE_MODES } from '../../core/model-shape';
import { PRECISIONS } from '../../core/precision';
import { RUNTIME_NAMES } from '../../core/runtime-name';
import { addHelp } from '../help-text';
import { lazily } from '../lazily';

const HELP = `
Examples:
  $ stream-infer classify shirt.png
  $ stream-infer classify --json *.jpg`;

export function classifyCommand(): Command {
  const command = new Command('classify')
    .description('Classify image files without a broker.')
    .argument('<files...>', 'PNG, JPEG, WebP, JSON or raw 784-byte files')
    .option('--model <name[@version]|dir>', 'model to use', DEFAULT_MODEL)
    .addOption(choiceOption('--runtime', ['auto', ...RUNTIME_NAMES], 'inference runtime', 'auto'))
    .addOption(
      choiceOption('--precision', ['auto', ...PRECISIONS], 'auto: int8 if accurate and faster here', 'auto'),
    )
    .addOption(
      choiceOption('--invert', INVERT_MODES, "inversion of bright backgrounds (default: the model's own)"),
    )
    .addOption(
      choiceOption('--resize', RESIZE_MODES, "resizing of encoded images (default: the model's own)"),
    )
    .option('--json', 'NDJSON, one prediction per line');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/classify.js')).classify));
}
