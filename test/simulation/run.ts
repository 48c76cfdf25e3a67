import { CrashShelf } from './crash-shelf';
import { Cluster } from './kafka/cluster';
import { Ledger, Violation } from './ledger';
import { Member } from './member';
import type { Fault, Scenario } from './scenario';
import { VirtualTime } from './virtual-time';
import { imageOf, WIDE_HEADERS } from './workers';

/** How a run ended. */
export interface RunResult {
  readonly steps: number;
  readonly virtualMs: number;
  /** Time from the end of the faults until everything was settled, virtual ms. */
  readonly settledAfterMs: number;
  /** The broken promise; null for a run that kept all of them. */
  readonly violation: string | null;
  /** The last lines of what happened, each with its step and its time. */
  readonly trace: readonly string[];
}

/** When the faults are over, everything has to be settled within this time, ms. */
const LIVENESS_MS = 120_000;
/** Everything has ended within this time after that, ms. */
const STOP_MS = 60_000;
/** A process that ended is started again after this time, ms. */
const RESTART_MS = 300;

/** Members come and go, and workers and clients fail, without a repeated outcome. */
const HARMLESS: ReadonlySet<Fault['kind']> = new Set([
  'join',
  'stop',
  'forgotten partition',
  'workers crash',
  'worker lies',
]);

/** Runs one scenario on virtual time. The same scenario always has the same result. */
export async function run(scenario: Scenario, keptLines = 60): Promise<RunResult> {
  const time = new VirtualTime(scenario.seed);
  const uninstall = time.install();
  const simulation = new Simulation(scenario, time, keptLines);
  let violation: string | null = null;
  try {
    await simulation.run();
  } catch (error) {
    violation = error instanceof Violation ? error.message : `unexpected: ${(error as Error).stack}`;
  } finally {
    uninstall();
  }
  const { steps, now: virtualMs } = time;
  return { steps, virtualMs, settledAfterMs: simulation.settledAfterMs, violation, trace: simulation.lines };
}

class Simulation {
  readonly lines: string[] = [];
  settledAfterMs = 0;
  readonly #cluster: Cluster;
  readonly #ledger: Ledger;
  readonly #weather = { crash: 0, lies: 0 };
  readonly #shelf = new CrashShelf();
  /** By name; a process that was started again has replaced its predecessor. */
  readonly #members = new Map<string, Member>();
  readonly #zombies = new Set<Member>();
  /** When each starts again after its exit, ms. */
  readonly #stopped = new Map<Member, number>();
  #isEnding = false;

  constructor(
    private readonly scenario: Scenario,
    private readonly time: VirtualTime,
    private readonly keptLines: number,
  ) {
    this.#ledger = new Ledger(scenario);
    this.#cluster = new Cluster(time, scenario.partitions, this.#ledger);
    for (const [number, { at, partition, key, kind, label }] of scenario.images.entries())
      time.after(at, null, () =>
        this.#cluster.append(partition, {
          ...{ key, value: imageOf(kind, label, number) },
          ...(kind === 'wide' && { headers: WIDE_HEADERS }),
        }),
      );
    for (const fault of scenario.faults) time.after(fault.at, null, () => this.#begin(fault));
    for (let i = 0; i < scenario.members; i++) this.#start(nameOf(i));
  }

  async run(): Promise<void> {
    const { images, faults } = this.scenario;
    const calmAt = Math.max(0, ...images.map(({ at }) => at), ...faults.map(({ at, ms }) => at + ms));
    await this.#stepUntil(
      () => this.time.now > calmAt && this.#isSettled(),
      calmAt + LIVENESS_MS,
      'not settled',
    );
    this.settledAfterMs = this.time.now - calmAt;
    this.#isEnding = true;
    for (const member of this.#alive()) member.stop();
    await this.#stepUntil(() => this.#alive().length === 0, this.time.now + STOP_MS, 'not stopped');
  }

  async #stepUntil(isDone: () => boolean, until: number, problem: string): Promise<void> {
    while (!isDone()) {
      if (!(await this.time.step())) throw new Violation(`${problem}: nothing happens any more`);
      for (const member of this.#alive()) member.check();
      if (this.time.now > until) throw new Violation(`${problem} in time: ${this.#progress()}`);
    }
  }

  #isSettled(): boolean {
    const { partitions, group } = this.#cluster;
    return partitions.every((log, partition) => (group.committed.get(partition) ?? 0) === log.length);
  }

  #progress(): string {
    const { partitions, group } = this.#cluster;
    return partitions.map((log, i) => `${group.committed.get(i) ?? 0} of ${log.length}`).join(', ');
  }

  #alive(): Member[] {
    return [...this.#members.values(), ...this.#zombies].filter(({ isDead }) => !isDead);
  }

  #start(name: string): void {
    const member = new Member({
      name,
      cluster: this.#cluster,
      scenario: this.scenario,
      ledger: this.#ledger,
      weather: this.#weather,
      shelf: this.#shelf,
      trace: (text) => this.#trace(text),
      onExit: (exited, error) => {
        // A failed process leaves results behind that were published and not settled.
        if (error !== null) this.#ledger.mayRepeat = true;
        const restartMs = error === null ? this.#stopped.get(exited) : RESTART_MS;
        if (restartMs !== undefined) this.#startAgain(exited, restartMs);
      },
      onDeath: (dead) => {
        this.#ledger.mayRepeat = true;
        this.#crash(dead, RESTART_MS);
      },
    });
    this.#members.set(name, member);
    member.start();
  }

  #startAgain(former: Member, afterMs: number): void {
    this.time.after(afterMs, null, () => {
      if (!this.#isEnding && this.#members.get(former.name) === former) this.#start(former.name);
    });
  }

  #begin(fault: Fault): void {
    const { weather } = this.#cluster.network;
    this.#trace(`fault: ${JSON.stringify(fault)}`);
    if (!HARMLESS.has(fault.kind)) this.#ledger.mayRepeat = true;
    const during = (begin: () => void, end: () => void): void => {
      begin();
      this.time.after(fault.ms, null, end);
    };
    const on = (use: (member: Member) => void): void => {
      const member = this.#members.get(nameOf(fault.member));
      if (member !== undefined && !member.isDead) use(member);
    };
    const effects: Record<Fault['kind'], () => void> = {
      crash: () => on((member) => this.#crash(member, fault.ms)),
      stop: () => on((member) => this.#stopFor(member, fault.ms)),
      freeze: () => on((member) => (member.frozenUntil = this.time.now + fault.ms)),
      cut: () => on((member) => (member.cutUntil = this.time.now + fault.ms)),
      replace: () => on((member) => this.#replace(member, fault.ms)),
      join: () => this.#join(fault.ms),
      'broker down': () =>
        during(
          () => (weather.isBrokerDown = true),
          () => (weather.isBrokerDown = false),
        ),
      loss: () =>
        during(
          () => Object.assign(weather, { loss: 0.2, late: 0.5 }),
          () => Object.assign(weather, { loss: 0, late: 0 }),
        ),
      'workers crash': () =>
        during(
          () => (this.#weather.crash = 0.3),
          () => (this.#weather.crash = 0),
        ),
      'worker lies': () =>
        during(
          () => (this.#weather.lies = 1),
          () => (this.#weather.lies = 0),
        ),
      'forgotten partition': () =>
        during(
          () => (this.#cluster.forgetsPartitions = 1),
          () => (this.#cluster.forgetsPartitions = 0),
        ),
    };
    effects[fault.kind]();
  }

  #crash(member: Member, ms: number): void {
    member.kill();
    this.#startAgain(member, ms);
  }

  #stopFor(member: Member, ms: number): void {
    this.#stopped.set(member, ms);
    member.stop();
  }

  /** A frozen process whose place another one with its name takes; it wakes up as a zombie. */
  #replace(member: Member, ms: number): void {
    member.frozenUntil = this.time.now + ms;
    this.#zombies.add(member);
    this.#start(member.name);
  }

  #join(ms: number): void {
    const name = `guest-${this.#members.size}`;
    this.#start(name);
    this.time.after(ms, null, () => this.#members.get(name)?.stop());
  }

  #trace(text: string): void {
    this.lines.push(`${this.time.steps} ${this.time.now.toFixed(1)} ms ${text}`);
    if (this.lines.length > this.keptLines) this.lines.shift();
  }
}

function nameOf(member: number): string {
  return `member-${member}`;
}
