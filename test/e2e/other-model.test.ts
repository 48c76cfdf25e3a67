/** The commands with a model of other images and classes than Fashion-MNIST. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cli } from '../helpers/cli';
import { writePlainModel } from '../helpers/plain-model';

jest.setTimeout(120_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-other-'));
  await writePlainModel(folder);
  await writeFile(path.join(folder, 'labels.txt'), 'left\nmiddle\nright\n');
  await writeFile(path.join(folder, 'image.json'), JSON.stringify({ image: [0, 0, 255, 0, 0, 255] }));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a folder written by TF.js', () => {
  it('works with classify', async () => {
    const { code, stdout } = await cli([
      'classify',
      '--model',
      folder,
      '--json',
      path.join(folder, 'image.json'),
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ label: 2, className: 'right', probabilities: { length: 3 } });
  });

  it('runs with the page and the store', async () => {
    const args = ['run', '--model', folder, '--no-demo', '--exit-when-idle', '100ms'];
    const store = path.join(folder, 'predictions.db');
    expect(await cli([...args, '--port', '0', '--store', store])).toMatchObject({ code: 0 });
  });

  it('finds the classes of rules among its own, and refuses others', async () => {
    const rules = (label: string) => ({
      STREAM_INFER_ALERTS: JSON.stringify([{ name: 'turns', kind: 'label', labels: [label] }]),
    });
    const args = ['run', '--model', folder, '--no-demo', '--no-http', '--exit-when-idle', '100ms'];
    expect(await cli(args, rules('left'))).toMatchObject({ code: 0 });
    const { code, stderr } = await cli(args, rules('Sneaker'));
    expect(code).toBe(2);
    expect(stderr).toContain(
      'the rule turns: labels: there is no such class; the classes are left, middle, right',
    );
  });

  it('is not measured on unrelated images', async () => {
    const { code, stderr } = await cli(['evaluate', '--model', folder]);
    expect(code).toBe(2);
    expect(stderr).toContain("not a model of Fashion-MNIST's images and classes");
  });
});
