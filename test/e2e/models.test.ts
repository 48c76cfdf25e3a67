import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Cli, cli, until } from '../helpers/cli';
import { describeWith } from '../helpers/parts';

jest.setTimeout(180_000);

const SHIPPED = resolve(__dirname, '../../models/fashion-mnist/1');

let root: string;
/** A copy of the packaged model. */
let dir: string;
let image: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stream-infer-models-'));
  dir = join(root, 'fashion-mnist', '1');
  cpSync(SHIPPED, dir, { recursive: true });
  image = join(root, 'image');
  writeFileSync(image, Buffer.alloc(784, 7));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A model without int8.json. */
function withoutInt8(): void {
  withoutChecksum(dir, 'int8.json');
  rmSync(join(dir, 'int8.json'));
}

/** The file does not belong to the model any more. */
function withoutChecksum(folder: string, name: string): void {
  const file = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { files: { path: string }[] };
  manifest.files = manifest.files.filter(({ path }) => path !== name);
  writeFileSync(file, JSON.stringify(manifest));
}

function damage(name: string): void {
  writeFileSync(join(dir, name), 'damaged');
}

describeWith(['dataset'], 'evaluate', () => {
  it('compares the precision chosen by auto with the figure of that precision', async () => {
    const { code, stdout } = await cli(['evaluate', '--precision', 'auto', '--json']);
    const precision = expect.stringMatching(/^(fp32|int8)$/) as string;
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { agrees: true, model: { precision } }]);
  });

  it.each([
    ['fashion-mnist@1', 'fp32', 9_183],
    ['fashion-mnist@1', 'int8', 9_186],
    ['fashion-mnist@2', 'fp32', 9_355],
    ['fashion-mnist@2', 'int8', 9_355],
    ['lenet@1', 'fp32', 9_074],
    ['lenet@1', 'int8', 9_078],
    ['lenet@2', 'fp32', 9_303],
    ['lenet@2', 'int8', 9_298],
  ])(
    'measures the accuracy in the card of %s in %s on all test images',
    async (model, precision, correct) => {
      const { code, stdout } = await cli(['evaluate', '--model', model, '--precision', precision, '--json']);
      expect([code, JSON.parse(stdout)]).toEqual([
        0,
        expect.objectContaining({ n: 10_000, correct, agrees: true }),
      ]);
    },
  );

  it('measures the robustness in the card, and writes it there', async () => {
    const copy = join(root, 'lenet', '1');
    cpSync(resolve(SHIPPED, '../../lenet/1'), copy, { recursive: true });
    const card = readFileSync(join(copy, 'MODEL_CARD.md'), 'utf8');
    withoutChecksum(copy, 'MODEL_CARD.md');
    writeFileSync(join(copy, 'MODEL_CARD.md'), card.replace(/## Robustness[^]*?(?=## )/, ''));
    const { code, stdout } = await cli(['evaluate', '--model', copy, '--robustness', '--card']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^shifted by 3 pixels +54\.18 %$/m)]);
    expect(readFileSync(join(copy, 'MODEL_CARD.md'), 'utf8')).toBe(card);
  });

  it.each([
    ['train --epochs 5 --warm-up-epochs 5', 2, '--warm-up-epochs must be less than --epochs'],
    ['train --shift 28', 2, '--shift must be less than 28'],
    ['train --checkpoint /nowhere/file', 1, 'cannot write the checkpoint /nowhere/file'],
    ['evaluate --against-precision int8', 2, '--against-precision needs --against'],
    ['evaluate --card', 2, '--card needs --robustness'],
    ['evaluate --card --robustness --precision int8', 2, '--card needs --robustness, in fp32'],
    ['evaluate --images . --robustness', 2, '--robustness changes the test images'],
    ['evaluate --mistakes sheet.png', 2, '--mistakes writes an SVG file'],
    ['evaluate --mistakes /nowhere/sheet.svg', 1, '--mistakes /nowhere/sheet.svg: ENOENT'],
  ])('rejects %s before it starts', async (command, code, message) => {
    expect(await cli(command.split(' '))).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message) as string,
    });
  });

  it('distinguishes a difference from noise', async () => {
    const args = ['evaluate', '--model', 'fashion-mnist@2', '--against', 'fashion-mnist@1'];
    expect((await cli(args)).stdout).toMatch(/more than noise/);
    const precisions = ['evaluate', '--model', 'fashion-mnist@1', '--against', 'fashion-mnist@1'];
    expect((await cli([...precisions, '--against-precision', 'int8'])).stdout).toMatch(/may be noise/);
  });
});

describe('models list', () => {
  it('shows the accuracy in both precisions, the size and the folder', async () => {
    const shown = await cli(['models', 'list']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^name +version +accuracy +int8 +parameters +size +folder$/m);
    expect(shown.stdout).toMatch(
      /^fashion-mnist +1 +91\.83 % +91\.\d\d % +225,034 +\d+ KiB +\/.*fashion-mnist\/1$/m,
    );
    expect(shown.stdout).toMatch(
      /^fashion-mnist +2 +93\.\d\d % +93\.\d\d % +253,354 +[\d,]+ KiB +\/.*fashion-mnist\/2$/m,
    );
  });

  it('exits with code 4 for a folder without models', async () => {
    expect(await cli(['models', 'list', join(root, 'nowhere')])).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(/^error MODEL_MISSING: there are no models in /) as string,
    });
  });

  it('lists another folder as JSON and reports a broken model', async () => {
    cpSync(dir, join(root, 'fashion-mnist', '2'), { recursive: true });
    withoutInt8();
    writeFileSync(join(root, 'fashion-mnist', '2', 'weights.bin'), 'damaged');
    const { code, stdout, stderr } = await cli(['models', 'list', root, '--json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        name: 'fashion-mnist',
        version: 1,
        accuracy: 0.9183,
        int8: false,
        int8Accuracy: null,
        parameters: 225_034,
        bytes: expect.any(Number) as number,
        dir,
      },
    ]);
    expect(stderr).toMatch(/MODEL_CORRUPT: .*2\/weights\.bin/);
    expect(code).toBe(4);
  });

  it('reports only the problems if every model is broken', async () => {
    writeFileSync(join(dir, 'weights.bin'), 'damaged');
    const { code, stdout, stderr } = await cli(['models', 'list', root]);
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(/MODEL_CORRUPT: .*1\/weights\.bin/);
  });
});

describe('models verify', () => {
  it('checks files, runtimes and precisions', async () => {
    const { code, stdout } = await cli(['models', 'verify']);
    expect(stdout).toMatch(/✓ files +7 files, all SHA-256 match/);
    for (const check of ['onnx fp32', 'onnx int8', 'tfjs-wasm fp32'])
      expect(stdout).toMatch(new RegExp(`✓ ${check} +reproduces the 16 golden vectors`));
    expect(code).toBe(0);
  });

  it('accepts a model without int8.json and reports the command that creates it', async () => {
    withoutInt8();
    const { code, stdout } = await cli(['models', 'verify', dir]);
    expect(stdout).toMatch(new RegExp(`onnx int8 +not quantized; .*main\\.js models quantize ${dir}`));
    expect(code).toBe(0);
  });

  it.each(['weights.bin', 'int8.json', 'MODEL_CARD.md'])('names %s when it is damaged', async (name) => {
    damage(name);
    const { code, stdout } = await cli(['models', 'verify', dir, '--json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        dir,
        checks: [
          { name: 'files', state: 'problem', detail: expect.stringContaining(join(dir, name)) as string },
        ],
      },
    ]);
    expect(code).toBe(4);
  });
});

describeWith(['dataset'], 'models quantize', () => {
  it('makes a model for int8, once, and then it runs so', async () => {
    withoutInt8();
    const refused = await cli(['classify', '--precision', 'int8', '--model', dir, image]);
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`main.js models quantize ${dir}`) as string,
    });
    const made = await cli(['models', 'quantize', dir, '--json']);
    expect(made.stderr).toBe('');
    const report = JSON.parse(made.stdout) as { fp32Accuracy: number; int8: { accuracy: number } };
    expect(report.int8.accuracy).toBeGreaterThan(report.fp32Accuracy - 0.003);
    expect(readdirSync(join(root, 'fashion-mnist'))).toEqual(['1']);
    const classified = await cli(['classify', '--json', '--precision', 'int8', '--model', dir, image]);
    expect(JSON.parse(classified.stdout)).toMatchObject({ model: { runtime: 'onnx', precision: 'int8' } });
    const again = await cli(['models', 'quantize', dir]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/USAGE.*--force/) as string });
    const forced = await cli(['models', 'quantize', dir, '--force', '--seed', '2']);
    expect(forced.stdout).toMatch(
      /91\.\d\d % of 10000 test images are right in 8-bit integers \(fp32: 91\.83 %\)/,
    );
    expect((await cli(['models', 'verify', dir])).code).toBe(0);
    const evaluated = await cli(['evaluate', '--json', '--precision', 'int8', '--model', dir]);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ agrees: true, model: { precision: 'int8' } });
  });
});

describe('--precision auto', () => {
  it('is the default of run, which logs what it chose and names it everywhere', async () => {
    const running = await new Cli(['--port', '0', '--print', '--json', '--log-format', 'json']).ready();
    await until(
      () => running.stdout.includes('\n'),
      60_000,
      () => running.stderr,
    );
    const { model } = JSON.parse(running.stdout.split('\n')[0]!) as { model: { precision: string } };
    expect(model.precision).toMatch(/^(fp32|int8)$/);
    expect(await running.json('/readyz')).toMatchObject({ model });
    const { code, stderr } = await running.stop();
    expect(stderr).toMatch(new RegExp(`"precision ${model.precision}: [^"]+"`));
    expect(code).toBe(0);
  });

  it('is float32 for a model that was not made for int8', async () => {
    withoutInt8();
    const { code, stdout } = await cli(['classify', '--json', '--precision', 'auto', '--model', dir, image]);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { model: { precision: 'fp32' } }]);
  });
});

describe('--precision int8', () => {
  it('is in every prediction, in the log and on /readyz', async () => {
    const running = await new Cli([
      ...['--precision', 'int8', '--port', '0', '--print', '--json', '--log-format', 'json'],
    ]).ready();
    await until(
      () => running.stdout.includes('\n'),
      60_000,
      () => running.stderr,
    );
    const model = { name: 'fashion-mnist', version: 1, runtime: 'onnx', precision: 'int8' };
    expect(JSON.parse(running.stdout.split('\n')[0]!)).toMatchObject({ model });
    expect(await running.json('/readyz')).toMatchObject({ model });
    const { code, stderr } = await running.stop();
    expect(stderr).toMatch(/"runtime":"onnx","precision":"int8"/);
    expect(code).toBe(0);
  });

  it.each([
    ['run', ['--no-http'], /CONFIG_INVALID: inference\.precision: int8 runs on onnx only, not on tfjs-wasm/],
    ['classify', ['image'], /USAGE: int8 runs on onnx only, not on tfjs-wasm; use --runtime onnx/],
    ['evaluate', [], /USAGE: int8 runs on onnx only, not on tfjs-wasm; use --runtime onnx/],
  ])('is refused by %s on a runtime that does not have it', async (command, more, message) => {
    const args = [command, ...more, '--precision', 'int8', '--runtime', 'tfjs-wasm'];
    expect(await cli(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) as string });
  });
});
