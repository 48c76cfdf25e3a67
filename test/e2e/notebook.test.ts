/** examples/notebook.ipynb, as somebody who opens it in the checkout runs it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describeWithPackages, virtualEnvironment } from '../helpers/python';

const PACKAGES = 'requirements-notebook.txt';
const NOTEBOOK = resolve(__dirname, '../../examples/notebook.ipynb');

interface Cell {
  readonly cell_type: string;
  readonly outputs?: readonly Output[];
}

interface Output {
  readonly text?: readonly string[];
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

jest.setTimeout(300_000);

describeWithPackages(PACKAGES, ['dataset'], 'the notebook', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-notebook-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('trains two models, imports them, compares one in shadow, promotes and explains it', async () => {
    const program = join(virtualEnvironment(PACKAGES), 'bin', 'jupyter-nbconvert');
    const args = ['--to', 'notebook', '--execute', NOTEBOOK, '--output-dir', folder];
    const env = { ...process.env, TMPDIR: folder, XDG_DATA_HOME: folder, JUPYTER_RUNTIME_DIR: folder };
    await promisify(execFile)(program, args, { env, timeout: 240_000, maxBuffer: 1 << 26 });

    const { cells } = JSON.parse(readFileSync(join(folder, 'notebook.ipynb'), 'utf8')) as {
      cells: readonly Cell[];
    };
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    const text = outputs.flatMap(({ text: printed = [] }) => printed).join('');
    const shares = [...text.matchAll(/^version \d: (\d+) of (\d+) correct$/gm)].map(
      ([, correct, judged]) => Number(correct) / Number(judged),
    );
    expect(shares).toHaveLength(2);
    expect(shares[1]).toBeGreaterThan(shares[0] as number);
    expect(text).toMatch(/^[1-9]\d* disagreements$/m);
    expect(text).toContain('Covering the most important part lowers the score of ');
    expect(outputs.filter(({ data }) => data?.['image/png'] !== undefined)).toHaveLength(4);
    const values = outputs.map(({ data }) => String(data?.['text/plain'] ?? ''));
    expect(values.filter((value) => value.includes("'sameClass': 64"))).toHaveLength(1);
    expect(values.filter((value) => value.includes("'version': 2"))).toHaveLength(1);
  });
});
