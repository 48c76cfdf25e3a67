import { writeFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cli, cli, until } from '../helpers/cli';
import type { Stats } from '../../src/results/view';

jest.setTimeout(120_000);

describe('the command line', () => {
  it.each([
    [
      'an unknown broker',
      ['--broker', 'rabbit'],
      2,
      /broker: expected one of memory, kafka, pubsub; got "rabbit" \(flag --broker\)/,
    ],
    ['an unknown flag, with a suggestion', ['--prot', '1'], 2, /unknown flag --prot; did you mean --port\?/],
    ['a flag that does nothing alone', ['--json'], 2, /--json selects the output format; add --print/],
    ['an unknown command', ['publsh'], 2, /unknown command publsh; did you mean publish\?/],
    [
      'help about an unknown command',
      ['help', 'publsh'],
      2,
      /unknown command publsh; did you mean publish\?/,
    ],
    [
      'help about an unknown subcommand',
      ['help', 'dlq', 'lst'],
      2,
      /unknown command lst; did you mean list\?/,
    ],
    ['the same below a command', ['dlq', 'help', 'lst'], 2, /unknown command lst; did you mean list\?/],
    [
      'a store and none',
      ['--store', 'x.db', '--no-store'],
      2,
      /USAGE: --store and --no-store contradict each other/,
    ],
    ['a demo and none', ['--no-demo', '--demo'], 2, /USAGE: --no-demo and --demo contradict each other/],
    ['an invalid port', ['--port', '70000'], 2, /http\.port: .*got 70000 \(flag --port\)/],
    [
      'a configuration file that is not there',
      ['-c', '/nowhere.yaml'],
      2,
      /cannot read the configuration file \/nowhere\.yaml/,
    ],
    ['a folder for a configuration file', ['-c', tmpdir()], 2, /configuration file .*: it is a folder/],
    [
      'a folder for Kafka properties',
      ['--broker', 'kafka', '--kafka-config', tmpdir()],
      2,
      /--kafka-config .*: it is a folder/,
    ],
    ['a model that is not there', ['--port', '0', '--model', 'nope'], 4, /MODEL_MISSING.*nope/],
    ['listening beyond loopback without a token', ['--host', '0.0.0.0', '--port', '0'], 2, /TOKEN_REQUIRED/],
    [
      'a librdkafka property that breaks a promise',
      ['--broker', 'kafka', '-X', 'enable.auto.offset.store=true'],
      2,
      /enable\.auto\.offset\.store/,
    ],
    [
      'one topic for two purposes',
      ['--output-topic', 'images'],
      2,
      /output\.topic: images is used for two purposes/,
    ],
    [
      'a configuration where there is no folder',
      ['config', 'init', '/nowhere/x.yaml'],
      1,
      /FILE_UNREADABLE: cannot write \/nowhere\/x\.yaml/,
    ],
    [
      'a librdkafka property that has another kind of value',
      ['publish', '--broker', 'kafka', '-X', 'debug=nothing'],
      2,
      /debug=nothing/,
    ],
    ['an invalid limit', ['--limit', 'many'], 2, /must be a whole number/],
    ['a memory broker where it makes no sense', ['publish', '--broker', 'memory'], 2, /--broker kafka/],
    [
      'a Kafka that does not answer',
      ['publish', '--broker', 'kafka', '--bootstrap-servers', '127.0.0.1:1'],
      3,
      /BROKER_UNREACHABLE.*127\.0\.0\.1:1/,
    ],
    ['a file that is not there', ['classify', '/nowhere.png'], 1, /FILE_UNREADABLE.*\/nowhere\.png/],
  ])('rejects %s with one clear message', async (_name, args, code, message) => {
    const finished = await cli(args);
    expect(finished.stderr).toMatch(message);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
    expect(finished.code).toBe(code);
  });

  it('reports the remedy when the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const finished = await cli(['--port', String(port)]);
    server.close();
    expect(finished).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/PORT_TAKEN.*--port/) as string,
    });
  });

  it('classifies the demo stream with the memory broker, serves it, and drains on SIGTERM', async () => {
    const running = await new Cli(['--port', '0', '--rate', '200']).ready();
    let stats = await running.json<Stats>('/api/v1/stats');
    while (stats.predictions < 200) stats = await running.json<Stats>('/api/v1/stats');
    expect(stats.correct / stats.judged).toBeGreaterThan(0.8);
    const finished = await running.stop();
    expect(finished.code).toBe(0);
    expect(finished.stderr).toMatch(/drained/);
  });

  it('stops after --limit outcomes and prints only NDJSON to stdout', async () => {
    const { code, stdout } = await cli(['--no-http', '--limit', '50', '--print', '--json', '--rate', '1000']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { schemaVersion: number });
    expect(code).toBe(0);
    expect(lines).toHaveLength(50);
    expect(lines.every(({ schemaVersion }) => schemaVersion === 1)).toBe(true);
  });

  it('drains without an error when the reader of its output exits', async () => {
    const running = new Cli(['--no-http', '--print', '--rate', '500']);
    await until(
      () => running.stdout.length > 0,
      60_000,
      () => running.stderr,
    );
    running.child.stdout?.destroy();
    const { code, stderr } = await running.finished;
    expect(stderr).not.toMatch(/EPIPE|SIG[A-Z]+|error|warn/i);
    expect(code).toBe(0);
  });

  it('stops when idle', async () => {
    expect((await cli(['--no-http', '--no-demo', '--exit-when-idle', '300ms'])).code).toBe(0);
  });

  it('exits cleanly on a signal at any time of its start', async () => {
    for (const ms of [30, 120, 300, 700, 1_200]) {
      const starting = new Cli(['--port', '0']);
      await new Promise((resolve) => setTimeout(resolve, ms));
      const { code, signal } = await starting.stop('SIGINT');
      // Before the first line of the program ran, the signal itself ends the process.
      expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGINT']);
    }
  });

  it('writes, checks and shows a configuration, with secrets masked', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-cli-')), 'stream-infer.yaml');
    expect((await cli(['config', 'init', file])).code).toBe(0);
    expect((await cli(['config', 'init', file])).code).toBe(2);
    expect((await cli(['config', 'validate', '-c', file])).code).toBe(0);
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n# changed\n`);
    const shown = await cli([
      'config',
      'print',
      '-c',
      file,
      '--sources',
      '--token',
      'very-secret',
      '--port',
      '9',
    ]);
    expect(shown.stdout).not.toContain('very-secret');
    expect(shown.stdout).toMatch(/http\.port +9 +flag --port/);
    expect(shown.stdout).toMatch(/broker +"memory" +file /);
    expect(JSON.parse((await cli(['config', 'schema'])).stdout)).toMatchObject({ type: 'object' });
  });

  it.each([
    [
      ['--broker', 'kafka', '-X', 'enable.auto.offset.store=true'],
      /enable\.auto\.offset\.store=true: offsets/,
    ],
    [['--broker', 'kafka', '-X', 'no.such=1'], /no\.such/],
    [['--host', '0.0.0.0'], /--token <secret>/],
    [['--host', '0.0.0.0', '--broker', 'kafka', '-X', 'group.id=x'], /--token[^]*--group/],
    [['--delivery', 'exactly-once', '--output-topic', 'images'], /two purposes[^]*no transactions/],
  ])('reports with config validate the same problem as run: %j', async (flags, message) => {
    const { code, stdout, stderr } = await cli(['config', 'validate', ...flags]);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('reports with doctor why Pub/Sub is unreachable and which settings are wrong', async () => {
    const nowhere = { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' };
    const flags = ['--broker', 'pubsub', '--host', '0.0.0.0', '--port', '0'];
    const { code, stdout } = await cli(['doctor', ...flags], nowhere);
    expect(stdout).toMatch(/✗ broker +pubsub does not answer: Pub\/Sub: .*UNAVAILABLE/);
    expect(stdout).toMatch(/✗ configuration +.*--token <secret>/);
    expect(code).toBe(5);
  });

  it('reports with doctor that this machine is fine', async () => {
    const { code, stdout } = await cli(['doctor', '--json', '--port', '0']);
    const checks = JSON.parse(stdout) as { name: string; state: string }[];
    expect(checks.map(({ name }) => name)).toEqual([
      'node',
      'kafka',
      'onnx',
      'tfjs-node',
      'store',
      'tracing',
      'kafka features',
      'configuration',
      'data folder',
      'model',
      'dataset',
      'port',
      'broker',
    ]);
    expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(code).toBe(0);
  });

  it('classifies an image file and reports why it cannot classify another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-infer-cli-'));
    writeFileSync(join(folder, 'image'), Buffer.alloc(784, 7));
    writeFileSync(join(folder, 'text'), 'hello');
    const fine = await cli(['classify', '--json', join(folder, 'image')]);
    expect(JSON.parse(fine.stdout)).toMatchObject({
      file: join(folder, 'image'),
      probabilities: { length: 10 },
    });
    const wrong = await cli(['classify', join(folder, 'text')]);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/text: NOT_AN_IMAGE/) as string });
  });
});
