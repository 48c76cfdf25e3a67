/** Google's Pub/Sub fake (pstest) as a child process on a loopback port. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { requirePart } from './parts';

const SOURCES = join(__dirname, 'pubsub-fake');
const CACHE = join(__dirname, '..', '.cache');

/** The first build may fetch modules and takes half a minute, ms. */
export const BUILD_TIME = 240_000;

export class PubsubFake {
  #process: ChildProcess | undefined;
  /** `127.0.0.1:port`, the same after each restart. */
  #address = '127.0.0.1:0';

  get address(): string {
    return this.#address;
  }

  /** Resolves when it listens. It holds nothing: topics have to be made again. */
  async start(address = this.#address): Promise<void> {
    const child = spawn(buildFake(), [address], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process = child;
    this.#address = await firstLine(child);
  }

  /** SIGKILL: connections are reset, nothing is said. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }
}

/** Built once for each version of its sources; returns the program's path. */
function buildFake(): string {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'pulls.go', 'go.mod', 'go.sum'])
    hash.update(readFileSync(join(SOURCES, file)));
  const program = join(CACHE, `pubsub-fake-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(program)) {
    mkdirSync(CACHE, { recursive: true });
    // Under a name of its own first: two test files may build at the same time.
    const draft = `${program}.${process.pid}`;
    execFileSync(requirePart('go'), ['build', '-o', draft, '.'], { cwd: SOURCES, stdio: 'inherit' });
    renameSync(draft, program);
  }
  return program;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error('The fake was started without a pipe.');
  const [line] = (await Promise.race([
    once(stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('The Pub/Sub fake ended at once; is its port taken?');
    }),
  ])) as [Buffer];
  return line.toString().trim();
}
