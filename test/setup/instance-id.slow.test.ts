import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { claimInstanceId, warnIfNotKept } from '../../src/setup/instance-id';
import { silentLog } from '../helpers/log';

jest.setTimeout(60_000);

const CLAIMER = join(__dirname, '..', 'fixtures', 'instance-claimer.cjs');
const NO_LIBSQL = join(__dirname, '..', 'fixtures', 'no-libsql.cjs');

let folder: string;
const claimers: Claimer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stream-infer-instances-'));
});
afterEach(async () => {
  await Promise.all(claimers.splice(0).map((claimer) => claimer.kill()));
  rmSync(folder, { recursive: true, force: true });
});

/** A process that claims an id on request. */
class Claimer {
  readonly #lines: AsyncIterator<string>;

  private constructor(private readonly child: ChildProcess) {
    if (child.stdout === null) throw new Error('no pipe');
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** @param launcher runs it, as `unshare` does */
  static async start(launcher: readonly string[] = [], flags: readonly string[] = []): Promise<Claimer> {
    const [program = '', ...args] = [...launcher, process.execPath, ...flags, CLAIMER, folder];
    const claimer = new Claimer(spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    claimers.push(claimer);
    expect(await claimer.#line()).toBe('ready');
    return claimer;
  }

  /** @param at ms since 1970 */
  async claim(at = 0): Promise<string> {
    this.child.stdin?.write(`${at}\n`);
    return await this.#line();
  }

  async release(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.stdin?.write('release\n');
    await exited;
  }

  /** Its input ends with it, so that a child of a launcher is gone as well. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  async #line(): Promise<string> {
    return String((await this.#lines.next()).value);
  }
}

async function started(count: number): Promise<Claimer[]> {
  return await Promise.all(Array.from({ length: count }, () => Claimer.start()));
}

/** As root, or where anybody may, a child gets a pid namespace of its own, as in a container. */
const APART = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const canBeApart = spawnSync(APART[0] as string, [...APART.slice(1), 'true']).status === 0;

describe('the instance id', () => {
  it('differs between processes that start in the same moment', async () => {
    const processes = await started(3);
    for (let round = 0; round < 15; round++) {
      // The locks of the round before are held on files that are gone.
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      for (const slot of [0, 1, 2]) writeFileSync(join(folder, `instance-${slot}`), `{"id": "kept-${slot}"}`);
      const at = Date.now() + 20;
      const ids = await Promise.all(processes.map((one) => one.claim(at)));
      expect(new Set(ids).size).toBe(processes.length);
    }
  });

  it('differs from that of a process whose pid means nothing here', async () => {
    const [first, second] = (await started(2)) as [Claimer, Claimer];
    const id = await first.claim();
    const path = join(folder, 'instance-0');
    const foreign = spawnSync(process.execPath, ['-e', '']).pid;
    const pid = String(first['child'].pid);
    writeFileSync(path, readFileSync(path, 'utf8').replace(pid, String(foreign)));
    expect(await second.claim()).not.toBe(id);
  });

  (canBeApart ? it : it.skip)('differs between containers, in which both have the pid 1', async () => {
    const [first, second] = [await Claimer.start(APART), await Claimer.start(APART)];
    const id = await first.claim();
    expect(await second.claim()).not.toBe(id);
    await first.kill();
    expect(await (await Claimer.start(APART)).claim()).toBe(id);
  });

  it('is that of the process before, whether that was stopped or killed', async () => {
    const [first, second, third] = (await started(3)) as [Claimer, Claimer, Claimer];
    const id = await first.claim();
    await first.release();
    expect(await second.claim()).toBe(id);
    await second.kill();
    expect(await third.claim()).toBe(id);
  });

  it('differs within one process, until it is released', () => {
    const [first, second] = [claimInstanceId(folder), claimInstanceId(folder)];
    expect(second.id).not.toBe(first.id);
    first.release();
    const third = claimInstanceId(folder);
    expect(third.id).toBe(first.id);
    first.release();
    expect(claimInstanceId(folder).id).not.toBe(third.id);
  });

  it.each([
    ['of another machine', '{"id": "old", "holder": {"pid": 1, "host": "elsewhere", "boot": "another"}}'],
    [
      'of this machine before it started again',
      '{"id": "old", "holder": {"pid": 1, "host": "h", "boot": "x"}}',
    ],
    ['in an older form', `old ${process.ppid}`],
    ['that is damaged', '{"id'],
  ])('is a new one after a holder %s', (_, text) => {
    writeFileSync(join(folder, 'instance-0'), text);
    const { id, notKept } = claimInstanceId(folder);
    expect([id, notKept]).toEqual([expect.not.stringContaining('old'), undefined]);
    expect(id).not.toBe('');
  });

  it('is kept when another machine let it go', () => {
    writeFileSync(join(folder, 'instance-0'), '{"id": "kept"}');
    expect(claimInstanceId(folder).id).toBe('kept');
  });

  it('is that of this run alone where nothing can be locked, and that is said', async () => {
    const warn = jest.fn();
    writeFileSync(join(folder, 'file'), '');
    const instance = claimInstanceId(join(folder, 'file', 'below'));
    expect(instance.notKept).toMatch(/below: E/);
    const use = {
      broker: 'kafka',
      delivery: 'at-least-once',
      isConfigured: false,
      volatile: undefined,
    } as const;
    warnIfNotKept(instance, use, { ...silentLog, warn });
    expect(warn).toHaveBeenCalledTimes(1);

    const without = ['--require', NO_LIBSQL];
    const [first, second] = [await Claimer.start([], without), await Claimer.start([], without)];
    expect(await first.claim()).not.toBe(await second.claim());
  });
});
