/** The lines of the pages that begin with curl, run by a shell against the program. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../src/http/png';
import { Cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { describeWith } from '../helpers/parts';
import { readTestImages } from '../helpers/services';

jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-curl-'));
writeFileSync(join(folder, 'shirt.png'), encodePng(readTestImages().pixels(0), 1));

const textOf = (page: string): string[] => commandLinesOf(page).map(({ text }) => text);
const isCurl = (line: string): boolean => line.startsWith('curl ');

async function start(args: readonly string[]): Promise<Cli> {
  const running = new Cli([...args, '--port', '0']);
  await until(
    () => /on http:/.test(running.stderr),
    60_000,
    () => running.stderr,
  );
  return await running.ready();
}

/** Throws with the answer when that is no success. */
function curl(line: string, { url }: Cli): string {
  const here = line.replace('localhost:8080', new URL(url).host).replace('curl ', 'curl --fail-with-body ');
  return execFileSync('bash', ['-c', here], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describeWith(['dataset'], 'curl', () => {
  let running: Cli;
  afterEach(() => running.stop());

  it('gets a success from each line of the README and of Operations', async () => {
    running = await start(['run', '--broker', 'memory', '--rate', '200']);
    const lines = [...textOf('README.md'), ...textOf('docs/guides/operations.md')].filter(isCurl);
    expect(lines).toHaveLength(6);
    // The same route of the broker that is here.
    for (const line of lines) expect(curl(line.replace('/kafka/', '/memory/'), running)).not.toBe('');
  });

  it('exchanges versions and tries them as the page about that says, in its order', async () => {
    const lines = textOf('docs/guides/model-versions.md');
    const words = lines.map(ownWords).find((own) => own?.[0] === 'run') ?? [];
    running = await start([...words, '--broker', 'memory', '--rate', '200']);
    const answers = lines.filter(isCurl).map((line) => curl(line, running));
    expect(answers).toHaveLength(7);
    expect(answers[0]).toContain('"version":"2"');
    expect(answers[4]).toContain('"mode":"shadow"');
  });
});
