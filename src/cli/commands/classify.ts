import { Command, Option } from 'commander';
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
    .addOption(
      new Option('--runtime <name>', 'inference runtime').choices(['auto', ...RUNTIME_NAMES]).default('auto'),
    )
    .addOption(
      new Option('--precision <name>', 'auto: int8 if accurate and faster here')
        .choices(['auto', ...PRECISIONS])
        .default('auto'),
    )
    .addOption(
      new Option('--invert <mode>', "inversion of bright backgrounds (default: the model's own)").choices(
        INVERT_MODES,
      ),
    )
    .addOption(
      new Option('--resize <mode>', "resizing of encoded images (default: the model's own)").choices(
        RESIZE_MODES,
      ),
    )
    .option('--json', 'NDJSON, one prediction per line');
  return addHelp(command, HELP).action(lazily(async () => (await import('../actions/classify.js')).classify));
}
