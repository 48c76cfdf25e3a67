/** One run: topics, a stream, the faults of the plan, and the verdict. */
import { messageOf } from '../../src/core/errors';
import { until } from '../helpers/cli';
import { Stage } from '../faults/driver';
import { LiveReader } from '../faults/live-reader';
import { readAll } from '../faults/read-all';
import { pause } from '../faults/watch';
import { Timeline, stateOf, writeEvidence } from './evidence';
import type { Lane } from './lane';
import { ALLOWANCE, TRANSACTION_TIMEOUT, stallLimit, type StallLimit } from './limits';
import { Members, type Instance } from './members';
import { inputOf, outcomeOf } from './outcomes';
import { MEMBERS, type MemberName } from './fault';
import { DEFAULT_SOCKET_TIMEOUT, type Plan } from './plan';
import { Publisher } from './publisher';
import { ReadinessWatch, SILENT_STALL } from './readiness';
import { ReadinessSampler, reasonsOf, type Answer } from './samples';
import { Stalls, type Stall } from './stalls';
import { Striker } from './striker';
import { judge, type Verdict } from './verdict';
import { MODEL, problemsIn, type Verification, type Verifier } from './verifier';

/** Publishing time after the last fault, ms. */
const AFTERMATH = 4_000;
/** Outcomes within this time after the last one also count, ms. */
const QUIET = 1_500;
/** Timeout of a start with an empty group, ms. */
const READY_LIMIT = 60_000;
/** Timeout of the harness's own operations on a healthy broker, ms. */
const OWN_LIMIT = 60_000;
/** With everything stalled longer than this and the broker there, the harness's own reader is replaced, ms. */
const READER_LIMIT = 8_000;
/** Extra observation time of a stall above the limit, ms. */
const SECOND_CHANCE = 60_000;
/** Kept of the broker's log. */
const BROKER_LOG_LINES = 1_000;
/** Time limit of a slow run after its last fault, ms. */
const MOST_CATCHING_UP = 150_000;

export interface RunResult {
  readonly published: number;
  readonly verdict: Verdict;
  /** The longest stall after the last fault, ms. */
  readonly stallMs: number;
  readonly limitMs: number;
  /** The time-out that the limit comes from. */
  readonly limitedBy: string;
  /** Null where the topic was replaced, so that old predictions name places of new images, and where the count failed. */
  readonly verification: Verification | null;
  /** Failures in sentences; empty if the run passed. */
  readonly failures: readonly string[];
}

/** Never rejects: errors of the harness are reported as failures of the run. `evidence` is the folder for failed runs. */
export async function runPlan(
  plan: Plan,
  lane: Lane,
  verifier: Verifier,
  evidence: string,
): Promise<RunResult> {
  const run = await Run.create(plan, lane, verifier);
  let result: RunResult;
  try {
    result = await run.play();
    if (result.failures.length > 0) run.keepEvidence(evidence, result);
  } finally {
    await run.close();
  }
  return result;
}

class Run {
  readonly #timeline = new Timeline();
  readonly #stalls = new Stalls();
  readonly #readiness = new ReadinessWatch();
  readonly #members: Members;
  readonly #publisher: Publisher;
  readonly #reader: LiveReader;
  readonly #sampler: ReadinessSampler;
  readonly #striker: Striker;
  readonly #failures: string[] = [];
  readonly #limit: StallLimit;
  #state: unknown;
  /** Smaller numbers were published to a topic that was deleted. */
  #firstJudged = 0;
  #longestStall = 0;
  #readerRenewedAt = performance.now();

  private constructor(
    private readonly plan: Plan,
    private readonly lane: Lane,
    private readonly verifier: Verifier,
    private readonly stage: Stage,
  ) {
    this.#limit = stallLimit(plan);
    const note = (what: string): void => this.#timeline.note(what);
    this.#members = new Members((name) => this.#spawn(name), note);
    this.#publisher = new Publisher({
      servers: lane.servers,
      topic: stage.input,
      rate: plan.rate,
      brokerAliveMs: () => lane.brokerAliveMs,
      onConfirmed: (id, partition) => this.#stalls.published(id, partition, performance.now()),
    });
    this.#reader = new LiveReader(lane.servers, { [stage.output]: 2, [stage.dlq]: 1 }, (message) =>
      this.#stalls.outcome(outcomeOf(message, stage.dlq).id, performance.now()),
    );
    this.#sampler = new ReadinessSampler(this.#members, note, (allReady) => this.#onSample(allReady));
    const onRecreated = (): void => {
      this.#firstJudged = this.#publisher.next;
      this.#stalls.forget();
    };
    this.#striker = new Striker(
      { lane, stage, members: this.#members, publisher: this.#publisher, note, onRecreated },
      plan.partitions,
    );
  }

  static async create(plan: Plan, lane: Lane, verifier: Verifier): Promise<Run> {
    return new Run(plan, lane, verifier, await Stage.create(lane.servers, { partitions: plan.partitions }));
  }

  async play(): Promise<RunResult> {
    try {
      await this.#strike();
      await this.#catchUp();
    } catch (error) {
      this.#fail(`the run failed: ${messageOf(error)}`);
    }
    if (this.#failures.length > 0) await this.#takeState();
    await this.#sampler.stop();
    await this.#members.terminateAll(this.#stalls.waiting === 0);
    return await this.#conclude();
  }

  keepEvidence(folder: string, result: RunResult): void {
    writeEvidence(folder, {
      plan: this.plan,
      timeline: this.#timeline,
      members: this.#members,
      state: this.#state,
      brokerLog: this.lane.kafka.logTail(BROKER_LOG_LINES),
      result: { ...result, verdict: shortened(result.verdict) },
    });
  }

  async close(): Promise<void> {
    await this.#sampler.stop();
    await this.#members.close();
    await this.#publisher.close();
    await this.#reader.close();
    await this.stage.close();
  }

  async #strike(): Promise<void> {
    const first = this.plan.members.map((name) => this.#members.start(name));
    await Promise.all(first.map((instance) => this.#ready(instance)));
    await this.#publisher.start();
    await this.#striker.run(this.plan.steps);
    // Starts all members of the plan again, since an empty group cannot catch up.
    if (this.#members.running.length === 0) this.#members.start(MEMBERS[0]);
    await pause(AFTERMATH);
    await this.#publisher.finish(OWN_LIMIT);
    this.#timeline.note(`${this.#publisher.next} messages published, the last ones just now`);
  }

  async #ready(instance: Instance): Promise<void> {
    const { name, life } = instance;
    let last: Answer | undefined;
    await until(
      async () => (last = await this.#sampler.ask(instance)).status === 200,
      READY_LIMIT,
      () => `${name}${life} is not ready: ${last?.status} ${reasonsOf(last?.body ?? '')}`,
    );
  }

  /** Waits until nothing is open. A long stall gets extra time, to distinguish a late stream from a dead one. */
  async #catchUp(): Promise<void> {
    const deadline = performance.now() + MOST_CATCHING_UP;
    let stalledAt: number | undefined;
    while (this.#stalls.waiting > 0) {
      const now = performance.now();
      if (stalledAt === undefined && this.#longestStall > this.#limit.ms) {
        stalledAt = now;
        this.#failForStall();
        await this.#takeState();
      }
      if (stalledAt !== undefined && now - stalledAt > SECOND_CHANCE)
        return this.#fail(`no progress within another ${SECOND_CHANCE / 1_000} s`);
      if (stalledAt === undefined && now > deadline)
        return this.#fail(`still processing the backlog after ${MOST_CATCHING_UP / 1_000} s`);
      await pause(250);
    }
    if (stalledAt !== undefined)
      this.#fail(`it recovered ${Math.round(performance.now() - stalledAt)} ms later`);
    await pause(QUIET);
  }

  #failForStall(): void {
    const worst = this.#worst();
    this.#fail(
      `partition ${worst?.partition} stood still for more than ${this.#limit.ms / 1_000} s ` +
        `(${this.#limit.name} and ${ALLOWANCE / 1_000} s) with ${worst?.waiting} messages waiting`,
    );
  }

  async #takeState(): Promise<void> {
    this.#state ??= await stateOf(this.stage, this.#striker.partitions, this.#members, (instance, path) =>
      this.#sampler.ask(instance, path),
    );
  }

  async #conclude(): Promise<RunResult> {
    const { lane, stage, plan } = this;
    let verdict: Verdict = { missing: [], duplicates: [], unasked: [], excused: 0 };
    let verification: Verification | null = null;
    try {
      const inputs = await readAll(lane.servers, { [stage.input]: this.#striker.partitions }, OWN_LIMIT);
      const outcomes = await readAll(lane.servers, { [stage.output]: 2, [stage.dlq]: 1 }, OWN_LIMIT);
      verdict = judge(
        inputs.map(inputOf),
        outcomes.map((message) => outcomeOf(message, stage.dlq)),
        this.#firstJudged,
      );
      this.#assertInputsAreThere(inputs.length);
      if (this.#firstJudged === 0) verification = await this.verifier.verify(stage, plan.mode);
    } catch (error) {
      this.#fail(`the count failed: ${messageOf(error)}`);
    }
    for (const problem of verification === null ? [] : problemsIn(verification)) this.#fail(problem);
    const { missing, duplicates, unasked } = verdict;
    if (missing.length > 0) this.#fail(`${missing.length} inputs without an outcome`);
    if (unasked.length > 0) this.#fail(`${unasked.length} unexpected outcomes`);
    if (duplicates.length > 0 && plan.mode === 'exactly-once')
      this.#fail(`${duplicates.length} duplicate outcomes`);
    if (this.#readiness.lied) {
      const seconds = (this.#readiness.longestLie / 1_000).toFixed(1);
      this.#fail(
        `every /readyz answered 200 for ${seconds} s while a partition stood still for more than ${SILENT_STALL / 1_000} s`,
      );
    }
    return {
      published: this.#publisher.next,
      verdict,
      stallMs: this.#longestStall,
      limitMs: this.#limit.ms,
      limitedBy: this.#limit.name,
      verification,
      failures: [...this.#failures, ...this.#members.failures],
    };
  }

  /** Messages that the broker confirmed and lost would invalidate every count. */
  #assertInputsAreThere(found: number): void {
    const confirmed = this.#publisher.confirmed - this.#firstJudged;
    if (found < confirmed) throw new Error(`the input topic has ${found} of ${confirmed} confirmed messages`);
  }

  #onSample(allReady: boolean): void {
    const now = performance.now();
    // With the broker away what is published waits as well, before anybody can count it.
    const publishing = this.#publisher.next > this.#publisher.confirmed;
    const awayMs = publishing ? this.lane.brokerAwayMs : 0;
    this.#readiness.sample(allReady, Math.max(awayMs, this.#stalls.worst(now)?.ms ?? 0), now);
    // Only the stall after the last fault counts against the limit.
    const after = this.#worst();
    if (after !== undefined) this.#longestStall = Math.max(this.#longestStall, after.ms);
    const stuck = (this.#stalls.worst(now, this.#readerRenewedAt)?.ms ?? 0) > READER_LIMIT;
    if (!stuck || this.lane.brokerAliveMs < READER_LIMIT) return;
    this.#readerRenewedAt = now;
    this.#reader.renew();
  }

  /** The worst stall after the last fault; undefined during faults. */
  #worst(): Stall | undefined {
    if (this.#striker.busy) return undefined;
    return this.#stalls.worst(performance.now(), this.#striker.lastEnd);
  }

  #spawn(name: MemberName) {
    const { mode, proxied, socketTimeoutMs } = this.plan;
    return this.stage.start({
      name,
      servers: proxied.includes(name) ? this.lane.proxiedServers : this.lane.servers,
      flags: ['--delivery', mode, '--model', MODEL, '--precision', 'fp32', '--log-level', 'debug'],
      properties: {
        // A transactional producer lowers its default, and refuses the same value from a user.
        ...(socketTimeoutMs !== DEFAULT_SOCKET_TIMEOUT && { 'socket.timeout.ms': String(socketTimeoutMs) }),
        ...(mode === 'exactly-once' && { 'transaction.timeout.ms': String(TRANSACTION_TIMEOUT) }),
      },
      env: { NODE_OPTIONS: '' },
    });
  }

  #fail(what: string): void {
    this.#failures.push(what);
    this.#timeline.note(`FAILED: ${what}`);
  }
}

/** The first of each, for a file that people read. */
function shortened({ missing, duplicates, unasked, excused }: Verdict): unknown {
  const first = (list: readonly unknown[]): unknown => ({ count: list.length, first: list.slice(0, 50) });
  return { missing: first(missing), duplicates: first(duplicates), unasked: first(unasked), excused };
}
