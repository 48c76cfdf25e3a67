import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** Most of the tests start Node several times. */
jest.setTimeout(60_000);

const root = join(__dirname, '..', '..');
const setupScript = (name: string) => pathToFileURL(join(root, 'scripts', 'setup', name)).href;

let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-setup-'));
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(end));
  rmSync(folder, { recursive: true, force: true });
});

/** Runs an ES module in a process of its own, as set-up is run, and gives the JSON it prints. */
async function evaluate<T>(code: string, env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout) as T;
}

function start(code: string): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

const nextLine = (child: ChildProcess) =>
  new Promise<string>((resolve) =>
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
  );

const acquire = `
  import { acquireLock } from '${setupScript('lock.mjs')}';
  const release = await acquireLock('lock', { pollMs: 20 });`;
const acquireAndStay = `${acquire} console.log('held'); setInterval(() => {}, 1000);`;
const acquireAndRelease = `${acquire} release(); console.log(true);`;

describe('the lock of set-up', () => {
  test('is acquired and released, and leaves no file', async () => {
    await evaluate(acquireAndRelease);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is waited for while its holder lives, and taken over after the holder was killed', async () => {
    const holder = start(acquireAndStay);
    expect(await nextLine(holder)).toBe('held');
    const second = start(`
      import { acquireLock } from '${setupScript('lock.mjs')}';
      await acquireLock('lock', { pollMs: 20, onWait: (pid) => console.log('waits for', pid) });
      console.log('held'); setInterval(() => {}, 1000);`);
    expect(await nextLine(second)).toBe(`waits for ${holder.pid}`);
    const takenOver = nextLine(second);
    await end(holder);
    expect(await takenOver).toBe('held');
    expect(readFileSync(join(folder, 'lock', 'pid'), 'utf8').split(' ')[0]).toBe(String(second.pid));
  });

  test('is taken over when its holder died before it wrote its process id', async () => {
    mkdirSync(join(folder, 'lock'));
    expect(await evaluate(acquireAndRelease)).toBe(true);
  });

  test('is taken over when another process has the id of its dead holder', async () => {
    if (process.platform !== 'linux') return;
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', 'pid'), `${process.pid} 1`);
    expect(await evaluate(acquireAndRelease)).toBe(true);
  });

  test('has one holder at a time when many processes replace a dead one', async () => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', 'pid'), String(2 ** 22 + 1));
    const exclusive = `${acquire}
      import { mkdirSync, rmdirSync } from 'node:fs';
      mkdirSync('inside'); await new Promise((r) => setTimeout(r, 30)); rmdirSync('inside');
      release(); console.log(true);`;
    const all = await Promise.all(Array.from({ length: 6 }, () => evaluate(exclusive)));
    expect(all).toEqual(Array(6).fill(true));
  });
});

describe('the fingerprints of set-up', () => {
  const fingerprints = () =>
    evaluate<{ dependencies: string; native: string; other: string; build: string }>(`
      import * as f from '${setupScript('fingerprint.mjs')}';
      const other = { versions: { modules: '999' }, platform: process.platform, arch: process.arch };
      console.log(JSON.stringify({ dependencies: f.dependenciesFingerprint('.'), native: f.nativeFingerprint('.'),
        other: f.nativeFingerprint('.', other), build: f.buildFingerprint('.') }));`);

  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  beforeEach(() => {
    write('package.json', '{"version":"1.0.0","dependencies":{"a":"1"}}');
    write('package-lock.json', '{}');
    write('src/cli/main.ts', 'export {};');
    write('scripts/setup/run.mjs', '');
  });

  test('stay the same when nothing changes', async () => {
    expect(await fingerprints()).toEqual(await fingerprints());
  });

  test('distinguish a changed dependency from a changed version', async () => {
    const before = await fingerprints();
    write('package.json', '{"version":"1.0.1","dependencies":{"a":"1"}}');
    expect(await fingerprints()).toEqual(before);
    write('package.json', '{"version":"1.0.1","dependencies":{"a":"2"}}');
    expect((await fingerprints()).dependencies).not.toBe(before.dependencies);
  });

  test('ask for a build, and for nothing else, when a source is edited or renamed', async () => {
    const before = await fingerprints();
    write('src/cli/main.ts', 'export const x = 1;');
    const edited = await fingerprints();
    expect(edited).toEqual({ ...before, build: edited.build });
    cpSync(join(folder, 'src/cli/main.ts'), join(folder, 'src/cli/other.ts'));
    rmSync(join(folder, 'src/cli/main.ts'));
    const renamed = await fingerprints();
    expect(new Set([before.build, edited.build, renamed.build]).size).toBe(3);
  });

  test('differ between versions of Node', async () => {
    const { native, other } = await fingerprints();
    expect(other).not.toBe(native);
  });
});

describe('the marker of set-up', () => {
  test('is read back, and a broken one counts as nothing done', async () => {
    const code = `
      import { readMarker, writeMarker } from '${setupScript('marker.mjs')}';
      writeMarker('deep/marker', { native: 'x' });
      console.log(JSON.stringify([readMarker('deep/marker'), readMarker('none'), readMarker('broken')]));`;
    writeFileSync(join(folder, 'broken'), '{"native":');
    expect(await evaluate(code)).toEqual([{ native: 'x' }, {}, {}]);
  });
});

describe('the cache of native parts', () => {
  test('keeps binaries and the links between them, and nothing else', async () => {
    const code = `
      import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
      import { cacheEntry, restore, save } from '${setupScript('cache.mjs')}';
      mkdirSync('package/build/obj.target', { recursive: true });
      for (const name of ['a.node', 'a.o', 'obj.target/a.node', 'liba.so.1']) writeFileSync('package/build/' + name, name);
      symlinkSync('liba.so.1', 'package/build/liba.so');
      const entry = cacheEntry('@scope/a', '1.0.0');
      const empty = restore(entry, 'package', ['build']);
      save(entry, 'package', ['build']);
      rmSync('package', { recursive: true });
      console.log(JSON.stringify([empty, restore(entry, 'package', ['build'])]));`;
    expect(await evaluate(code, { XDG_CACHE_HOME: join(folder, 'cache') })).toEqual([false, true]);
    expect(readdirSync(join(folder, 'package', 'build')).sort()).toEqual(['a.node', 'liba.so', 'liba.so.1']);
    expect(readFileSync(join(folder, 'package', 'build', 'liba.so'), 'utf8')).toBe('liba.so.1');
  });
});

describe('a program that set-up runs', () => {
  test('is ended together with its descendants when its time is over', async () => {
    const grandchild = `require('child_process').spawn(process.execPath, ['-e',
      'setTimeout(() => require("fs").writeFileSync("late", ""), 1500)'], { stdio: 'ignore' }); setInterval(() => {}, 1000)`;
    const code = `
      import { run } from '${setupScript('command.mjs')}';
      const { ok, timedOut } = await run(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { timeoutMs: 500 });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      console.log(JSON.stringify({ ok, timedOut }));`;
    expect(await evaluate(code)).toEqual({ ok: false, timedOut: true });
    expect(existsSync(join(folder, 'late'))).toBe(false);
  });

  test('may not exist', async () => {
    const code = `import { run } from '${setupScript('command.mjs')}';
      console.log(JSON.stringify((await run('no-such-program-here', [])).ok));`;
    expect(await evaluate(code)).toBe(false);
  });
});

describe('one native part by itself', () => {
  test('is refused when there is none of that name', async () => {
    const script = join(root, 'scripts', 'setup.mjs');
    const refused = promisify(execFile)(process.execPath, [script, '--only', 'kafak'], { cwd: folder });
    await expect(refused).rejects.toMatchObject({ code: 2 });
    await refused.catch(({ stdout, stderr }: { stdout: string; stderr: string }) =>
      expect(stdout + stderr).toMatch(/there is no part kafak; the parts are kafka, tfjsNode/),
    );
  });
});

describe('a start', () => {
  test('waits for the native parts that its arguments, settings or configuration ask for', async () => {
    const cases: [args: string[], env: NodeJS.ProcessEnv, hasConfigFile: boolean, parts: string[]][] = [
      [[], {}, false, []],
      [['demo'], {}, false, []],
      [['--broker', 'memory', '--port', '0'], {}, false, []],
      [['classify', 'a.png'], {}, false, []],
      [['--broker', 'kafka'], {}, false, ['kafka']],
      [['demo', '--broker=kafka'], {}, false, ['kafka']],
      [['run', '--embedded'], {}, false, ['kafka']],
      [['run', '--runtime', 'tfjs-node'], {}, false, ['tfjsNode']],
      [['run'], { STREAM_INFER_BROKER: 'kafka' }, false, ['kafka']],
      [['run'], { KAFKA_HOME: '/opt/kafka' }, false, []],
      [['run', '--config', 'a.yaml'], {}, false, ['kafka', 'tfjsNode']],
      [['run'], {}, true, ['kafka', 'tfjsNode']],
      [['train'], {}, false, ['kafka', 'tfjsNode']],
    ];
    const found = await evaluate<string[][]>(`
      import { partsFor } from '${setupScript('parts-for.mjs')}';
      const cases = ${JSON.stringify(cases)};
      console.log(JSON.stringify(cases.map(([args, env, file]) => partsFor(args, env, file))));`);
    expect(found).toEqual(cases.map(([, , , parts]) => parts));
  });
});

describe('the progress of set-up', () => {
  test('numbers the steps that are taken, and says how long a slow one usually takes', async () => {
    const code = `
      import { Progress } from '${setupScript('progress.mjs')}';
      const lines = []; console.error = (line) => lines.push(line.replace(/: built \\(\\d+ s\\)$/, ': built (N s)'));
      const progress = new Progress(['build', 'Kafka client']);
      const build = progress.begin('build');
      progress.begin('Kafka client', 70)('built');
      build(undefined);
      progress.note('Kafka client', 'from the cache');
      console.log(JSON.stringify(lines));`;
    expect(await evaluate(code)).toEqual([
      'setup 1/2 build …',
      'setup 2/2 Kafka client … (usually 70 s)',
      'setup 2/2 Kafka client: built (N s)',
      'setup 2/2 Kafka client: from the cache',
    ]);
  });
});
