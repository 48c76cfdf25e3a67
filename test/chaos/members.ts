/** The instances of one run: running, stopped on request, or exited unexpectedly. */
import type { Cli } from '../helpers/cli';
import { pause } from '../faults/watch';
import type { MemberName } from './fault';

/** Time limit for a process to exit after SIGTERM, ms. */
export const STOP_LIMIT = 30_000;
/** Restart delay after an unexpected exit, like that of a supervisor, ms. */
const SUPERVISOR_DELAY = 1_000;
/** Of a log in a message. */
const TAIL = 1_500;

export interface Instance {
  readonly name: MemberName;
  /** 1 for the first process of this name. */
  readonly life: number;
  readonly cli: Cli;
}

export class Members {
  /** All processes so far, in the order of their start. */
  readonly instances: Instance[] = [];
  /** Process failures, in sentences. */
  readonly failures: string[] = [];
  readonly #running = new Map<MemberName, Instance>();
  /** A stopped harness must not leave instances behind. */
  readonly #onExit = (): void => {
    for (const { cli } of this.#running.values()) cli.child.kill('SIGKILL');
  };
  #closed = false;

  constructor(
    private readonly spawn: (name: MemberName) => Cli,
    private readonly note: (what: string) => void,
  ) {
    process.once('exit', this.#onExit);
  }

  get running(): readonly Instance[] {
    return [...this.#running.values()];
  }

  start(name: MemberName): Instance {
    const present = this.#running.get(name);
    if (present !== undefined) return present;
    const life = this.instances.filter((instance) => instance.name === name).length + 1;
    const instance = { name, life, cli: this.spawn(name) };
    this.note(`${name}${life} starts (pid ${instance.cli.child.pid})`);
    this.instances.push(instance);
    this.#running.set(name, instance);
    void instance.cli.finished.then(() => this.#onEnd(instance));
    return instance;
  }

  async kill(name: MemberName): Promise<void> {
    const instance = this.#release(name);
    if (instance === undefined) return;
    this.note(`${name}${instance.life} is killed`);
    await instance.cli.stop('SIGKILL');
  }

  /** @param calm no fault is active, so that nothing may be left undone */
  async terminate(name: MemberName, calm: boolean): Promise<void> {
    const instance = this.#release(name);
    if (instance === undefined) return;
    const who = `${name}${instance.life}`;
    this.note(`${who} gets SIGTERM`);
    const begun = performance.now();
    const stopped = instance.cli.stop('SIGTERM');
    const inTime = await Promise.race([stopped.then(() => true), pause(STOP_LIMIT).then(() => false)]);
    if (!inTime) {
      this.#fail(`${who} did not end within ${STOP_LIMIT / 1_000} s of SIGTERM`);
      await instance.cli.stop('SIGKILL');
      return;
    }
    const { code, signal } = await stopped;
    this.note(`${who} ended after ${Math.round(performance.now() - begun)} ms with ${signal ?? code}`);
    // Before the program handles signals, there is nothing to drain.
    if (signal === 'SIGTERM' && instance.cli.stderr === '') return;
    // Exit code 1 means that the drain left messages for redelivery.
    if (code !== 0 && (calm || code !== 1)) this.#fail(`${who} ended with ${signal ?? code} after SIGTERM`);
  }

  async terminateAll(calm: boolean): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.terminate(name, calm)));
  }

  /** Kills the remaining instances without checking their exit. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.running.map(({ cli }) => cli.stop('SIGKILL')));
    process.off('exit', this.#onExit);
  }

  #release(name: MemberName): Instance | undefined {
    const instance = this.#running.get(name);
    this.#running.delete(name);
    return instance;
  }

  async #onEnd(instance: Instance): Promise<void> {
    const { name, life, cli } = instance;
    if (this.#closed || this.#running.get(name) !== instance) return;
    this.#running.delete(name);
    const { code, signal } = await cli.finished;
    this.#fail(`${name}${life} ended unasked with ${signal ?? code}: ${lastLine(cli.stderr)}`);
    await pause(SUPERVISOR_DELAY);
    if (!this.#closed) this.start(name);
  }

  #fail(what: string): void {
    this.failures.push(what);
    this.note(what);
  }
}

/** The last warning or error, otherwise the last line. */
function lastLine(log: string): string {
  const lines = log.trim().split('\n');
  return (lines.findLast((line) => /"level":[456]0/.test(line)) ?? lines.at(-1) ?? '').slice(-TAIL);
}
