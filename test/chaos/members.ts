/** The instances of one run: who runs, who was asked to end, and who ended without being asked. */
import type { Cli } from '../helpers/cli';
import { pause } from '../faults/watch';
import type { MemberName } from './fault';

/** A SIGTERM has to end a process within this time, ms. */
export const STOP_LIMIT = 30_000;
/** As a supervisor does after an exit that nobody asked for, ms. */
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
  /** What the program did wrong as a process, in sentences. */
  readonly failures: string[] = [];
  readonly #running = new Map<MemberName, Instance>();
  /** A harness that is stopped must not leave instances behind. */
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
    // Before the program listens to signals, nothing is there to be drained.
    if (signal === 'SIGTERM' && instance.cli.stderr === '') return;
    // 1 is a drain that had to leave something to be redelivered.
    if (code !== 0 && (calm || code !== 1)) this.#fail(`${who} ended with ${signal ?? code} after SIGTERM`);
  }

  async terminateAll(calm: boolean): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.terminate(name, calm)));
  }

  /** Whoever still runs ends at once, unjudged. */
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

/** The last line that is a warning or worse, else the last one. */
function lastLine(log: string): string {
  const lines = log.trim().split('\n');
  return (lines.findLast((line) => /"level":[456]0/.test(line)) ?? lines.at(-1) ?? '').slice(-TAIL);
}
