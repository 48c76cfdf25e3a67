// Compares the speed of `train` with that of plain Keras: the same networks, images and cores, in turn. Keras gets the images
// as they are, and `train` changes them as it does by default.
//
//   node scripts/bench/training.mjs [--architectures cnn,deep] [--runs 3] [--epochs 3] [--markdown]
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { inTurn } from './in-turn.mjs';
import { virtualEnvironment } from './python.mjs';
import { toMarkdown, toText } from './table.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, '..', '..', 'dist');
const { locateDataset } = createRequire(import.meta.url)(join(DIST, 'dataset', 'locate.js'));
/** Without the 5,000 to validate on. */
const IMAGES = 55_000;
const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    architectures: { type: 'string', default: 'cnn,deep' },
    runs: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '3' },
    markdown: { type: 'boolean', default: false },
  },
});
const python = virtualEnvironment('training');
const data = await locateDataset('train');
if (data === undefined) throw new Error('Fashion-MNIST is missing; apt-get install dataset-fashion-mnist');
const lines = [];
for (const architecture of values.architectures.split(',')) {
  const runs = [];
  for (let nth = 1; nth <= Number(values.runs); nth++) {
    const sides = { train: () => ours(architecture), keras: () => keras(architecture) };
    const report = (side) => console.error(`${architecture}, run ${nth} of ${values.runs}: ${side}`);
    runs.push(await inTurn(sides, nth, report));
  }
  const rates = (side) => runs.map((measured) => rateOf(measured[side]));
  lines.push(
    { name: `${architecture}, train`, values: rates('train'), unit: 'images/s' },
    { name: `${architecture}, Keras`, values: rates('keras'), unit: 'images/s' },
    {
      name: `${architecture}, train / Keras`,
      values: runs.map((measured) => rateOf(measured.train) / rateOf(measured.keras)),
      unit: '',
      digits: 2,
    },
  );
}
console.log((values.markdown ? toMarkdown : toText)('Training', lines));

async function ours(architecture) {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-training-'));
  try {
    const flags = [
      '--architecture',
      architecture,
      '--epochs',
      values.epochs,
      '--out',
      join(folder, '1'),
      '--json',
    ];
    const { stdout } = await run(process.execPath, [join(DIST, 'cli', 'main.js'), 'train', ...flags]);
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return reports.filter(({ type }) => type === 'epoch').map(({ seconds }) => seconds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function keras(architecture) {
  const args = [join(HERE, 'training.py'), architecture, values.epochs, data.images, data.labels];
  const { stdout } = await run(python, args, { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } });
  return JSON.parse(stdout).seconds;
}

/** Without the first epoch, in which both compile and allocate. */
function rateOf([, ...seconds]) {
  return (IMAGES * seconds.length) / seconds.reduce((sum, one) => sum + one, 0);
}
