/** Models as other programs write them, against scores of NumPy and ONNX Runtime (test/helpers/python/own_models.py). */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readNpy } from '../../src/dataset/npy';
import { Cli, cli } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { describeWithPackages, python } from '../helpers/python';

jest.setTimeout(240_000);

const PACKAGES = 'requirements-models.txt';
const WORST = 1e-4;
/** Pillow rounds pixels between the two directions of scaling. */
const ROUNDED = 1e-3;

interface Imported {
  readonly dir: string;
  readonly expected: {
    readonly images: number;
    readonly worstDifference: number;
    readonly sameClass: number;
  };
}

describeWithPackages(PACKAGES, [], 'a model written as by', () => {
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'stream-infer-formats-'));
    await python('own_models.py', [folder], {}, PACKAGES);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function imported(name: string, probe: string, expected: string): Promise<Imported> {
    const args = ['models', 'import', at(name), '--name', name, '--to', at('models'), '--json'];
    const { code, stdout, stderr } = await cli([...args, '--probe', at(probe), '--expected', at(expected)]);
    expect([code, stderr.includes('error')]).toEqual([0, false]);
    return JSON.parse(stdout) as Imported;
  }

  /** The worst difference of the running process for the first image, as raw pixels or as a PNG file. */
  async function differenceIn(run: Cli, name: string, format: 'bin' | 'png'): Promise<number> {
    const { values } = await readNpy(at(format === 'bin' ? `${name}.y.npy` : `${name}.png.y.npy`));
    const headers = { 'content-type': format === 'bin' ? 'application/octet-stream' : 'image/png' };
    const body = readFileSync(at(`${name}.${format}`));
    const answer = await fetch(`${run.url}/api/v1/classify`, { method: 'POST', body, headers });
    const { probabilities } = (await answer.json()) as { probabilities: number[] };
    return Math.max(...probabilities.map((score, i) => Math.abs(score - Number(values[i]))));
  }

  it.each(['keras2', 'keras3', 'teachable_machine', 'pytorch', 'hugging_face'])(
    '%s has the same scores after its import, and in the running process',
    async (name) => {
      const { dir, expected } = await imported(name, `${name}.x.npy`, `${name}.y.npy`);
      expect(expected).toMatchObject({ images: 6, sameClass: 6 });
      expect(expected.worstDifference).toBeLessThanOrEqual(WORST);
      const run = await new Cli(['run', '--model', dir, '--no-demo', '--port', '0']).ready();
      try {
        expect(await differenceIn(run, name, 'bin')).toBeLessThanOrEqual(WORST);
        expect(await differenceIn(run, name, 'png')).toBeLessThanOrEqual(
          name === 'hugging_face' ? ROUNDED : WORST,
        );
      } finally {
        await run.stop();
      }
    },
  );

  it('hugging_face scales and cuts out photos as Pillow does, up to its rounding', async () => {
    const { expected } = await imported('hugging_face', 'photos', 'photos.y.npy');
    expect(expected).toMatchObject({ images: 5, sameClass: 5 });
    expect(expected.worstDifference).toBeLessThanOrEqual(ROUNDED);
  });

  describe('the guide', () => {
    /** The commands of the page that need no broker and few images, with files of the names that they use. */
    const lines = commandLinesOf('docs/guides/own-model.md').filter(
      ({ text }) =>
        /stream-infer (models (inspect|import|verify)|classify|evaluate) /.test(text) &&
        !text.includes('./bars'),
    );
    beforeAll(() => {
      const models = { 'my-model': 'keras2', 'my-image-model': 'teachable_machine', birds: 'keras3' };
      for (const [name, from] of Object.entries({ ...models, pets: 'keras2', vit: 'hugging_face' }))
        cpSync(at(from), at(`guide/${name}`), { recursive: true });
      cpSync(at('pytorch'), at('guide'), { recursive: true });
      for (const name of ['cat', 'dog', 'robin', 'bus']) cpSync(at('photos/0.png'), at(`guide/${name}.jpg`));
      cpSync(at('photos'), at('guide/test-images'), { recursive: true });
      mkdirSync(at('guide/photos/bus'), { recursive: true });
      cpSync(at('photos'), at('guide/photos/bus'), { recursive: true });
    });

    it('has commands for each origin', () => {
      expect(lines.length).toBeGreaterThan(8);
    });

    it.each(lines.map(({ text }) => text))('%s', async (line) => {
      const { code, stderr } = await cli(ownWords(line) ?? [], {}, at('guide'));
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    });
  });
});
