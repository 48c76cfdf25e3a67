/** Runs the curl lines of the guides in a shell, against the program. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli, cli, until } from '../helpers/cli';
import { commandLinesOf, ownWords } from '../helpers/docs';
import { describeWith } from '../helpers/parts';

jest.setTimeout(240_000);

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-curl-'));
const PICTURE = 'examples/ankle-boot.png';
const ROOT = join(__dirname, '../..');
cpSync(join(ROOT, PICTURE), join(folder, PICTURE));

const textOf = (page: string): string[] => commandLinesOf(page).map(({ text }) => text);
const isCurl = (line: string): boolean => line.startsWith('curl ');

async function start(args: readonly string[], cwd?: string): Promise<Cli> {
  const running = new Cli([...args, '--port', '0'], {}, cwd);
  await until(
    () => /on http:/.test(running.stderr),
    60_000,
    () => running.stderr,
  );
  return await running.ready();
}

/** Throws with the answer unless it is a success. */
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

  it('succeeds with each line of the guides about the API and about scaling', async () => {
    running = await start(['run', '--broker', 'memory', '--rate', '200']);
    const lines = [...textOf('docs/guides/page-and-api.md'), ...textOf('docs/guides/scaling.md')].filter(
      isCurl,
    );
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(curl(line, running)).not.toBe('');
  });

  it('pauses, limits and resumes the stream as the guide says', async () => {
    running = await start(['run', '--broker', 'memory', '--rate', '200']);
    const answers = textOf('docs/guides/steering.md')
      .filter(isCurl)
      .map((line) => curl(line, running));
    expect(answers).toHaveLength(6);
    expect(answers[1]).toContain('"by":"anna"');
    expect(answers[3]).toContain('"rate":200');
  });

  it('asks one of several models as the guide says', async () => {
    const page = 'docs/guides/several-models.md';
    cpSync(join(ROOT, 'examples/several-models.yaml'), join(folder, 'examples/several-models.yaml'));
    const words = textOf(page).flatMap((line) => ownWords(line) ?? []);
    running = await start(words.slice(words.indexOf('run'), words.indexOf('--port')), folder);
    const answers = textOf(page)
      .filter(isCurl)
      .map((line) => curl(line, running));
    expect(answers).toHaveLength(5);
    expect(answers[2]).toMatch(/"className":"Ankle boot".*"name":"lenet"/);
    expect(answers[4]).toContain('model_info{name="lenet"');
  });

  it('sends requests over the topic as the guide says', async () => {
    const page = 'docs/guides/requests.md';
    const [, settings = ''] = /^```yaml\n([^]*?)^```$/m.exec(readFileSync(join(ROOT, page), 'utf8')) ?? [];
    writeFileSync(join(folder, 'requests.yaml'), settings);
    const words = textOf(page)
      .map(ownWords)
      .find((own) => own?.[0] === 'run');
    running = await start(words ?? [], folder);
    const answers = textOf(page)
      .filter(isCurl)
      .map((line) => curl(line, running));
    expect(answers).toHaveLength(4);
    expect(answers[0]).toContain('"state":"pending"');
    for (const answer of answers.slice(1)) expect(answer).toContain('"className":"Ankle boot"');
  });

  it('routes predictions as the guide says', async () => {
    const lines = textOf('docs/guides/routing.md');
    const own = lines.map(ownWords).filter((words) => words !== undefined);
    const [validate = [], run = []] = own;
    expect(own.map(([command]) => command)).toEqual(['config', 'run']);
    expect((await cli(validate, {}, ROOT)).code).toBe(0);
    running = await start(run, ROOT);
    const metrics = lines.filter(isCurl);
    expect(metrics).toHaveLength(1);
    // Predictions of the demo are confirmed a moment after the start.
    await until(
      () => curl(metrics[0] ?? '', running).includes('topic="bags"'),
      60_000,
      () => running.stderr,
    );
  });

  it('swaps and tries versions as the guide says, in its order', async () => {
    const lines = textOf('docs/guides/model-versions.md');
    const words = lines.map(ownWords).find((own) => own?.[0] === 'run') ?? [];
    running = await start([...words, '--broker', 'memory', '--rate', '200']);
    const answers = lines.filter(isCurl).map((line) => curl(line, running));
    expect(answers).toHaveLength(7);
    expect(answers[0]).toContain('"version":"2"');
    expect(answers[4]).toContain('"mode":"shadow"');
  });
});
