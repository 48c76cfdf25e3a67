/** The output of the harness: a line per run, its progress, and a summary at the end. */
import { messageOf } from '../../src/core/errors';
import { describeFault, isKill, isOutage } from './fault';
import { MODES, type Plan } from './plan';
import type { RunResult } from './run';

/** Between two lines of progress where the output is not a terminal, ms. */
const PROGRESS_EVERY = 30_000;

interface Current {
  readonly number: number;
  readonly plan: Plan;
  readonly since: number;
}

export class Report {
  failed = 0;
  readonly #begun = performance.now();
  readonly #current = new Map<number, Current>();
  readonly #timer: NodeJS.Timeout;
  #done = 0;
  #published = 0;
  #missing = 0;
  #unasked = 0;
  /** By mode. */
  readonly #duplicates = { 'exactly-once': 0, 'at-least-once': 0 };
  readonly #kills = { 'exactly-once': 0, 'at-least-once': 0 };
  readonly #brokerFaults = { 'exactly-once': 0, 'at-least-once': 0 };
  #compared = 0;
  #worstDifference = 0;
  #longestStall = 0;

  constructor(
    private readonly runs: number,
    private readonly logs: string,
  ) {
    const every = process.stderr.isTTY ? 1_000 : PROGRESS_EVERY;
    this.#timer = setInterval(() => this.#progress(), every);
  }

  /** Number, seed, mode, theme and faults. */
  static headOf(number: number, plan: Plan): string {
    const faults = plan.steps.map(({ fault }) => describeFault(fault)).join(', ');
    const { seed, mode, theme, members } = plan;
    return `run ${number}  seed ${seed}  ${mode}  ${theme}  ${members.length} at first  [${faults}]`;
  }

  begins(lane: number, number: number, plan: Plan): void {
    this.#current.set(lane, { number, plan, since: performance.now() });
  }

  ends(lane: number, number: number, plan: Plan, result: RunResult, folder: string): void {
    const { published, verdict, stallMs, limitMs, limitedBy, verification, failures } = result;
    this.#published += published;
    this.#missing += verdict.missing.length;
    this.#unasked += verdict.unasked.length;
    this.#duplicates[plan.mode] += verdict.duplicates.length;
    this.#longestStall = Math.max(this.#longestStall, stallMs);
    this.#compared += verification?.compared ?? 0;
    this.#worstDifference = Math.max(this.#worstDifference, verification?.worstDifference ?? 0);
    this.#kills[plan.mode] += plan.steps.filter(({ fault }) => isKill(fault)).length;
    this.#brokerFaults[plan.mode] += plan.steps.filter(({ fault }) => isOutage(fault)).length;
    const excused = verdict.excused > 0 ? ` (${verdict.excused} excused)` : '';
    const counts = [
      `${published} published`,
      `${verdict.missing.length} missing${excused}`,
      `${verdict.duplicates.length} duplicates`,
      verification === null ? 'not verified' : `${verification.compared} verified`,
      `stall ${seconds(stallMs)} of ${seconds(limitMs)} (${limitedBy})`,
    ];
    const outcome = failures.length === 0 ? 'passed' : 'FAILED';
    this.#line(lane, `${Report.headOf(number, plan)}  ${counts.join('  ')}  ${outcome}`);
    if (failures.length === 0) return;
    this.failed++;
    for (const failure of failures) console.log(`    ${failure}`);
    console.log(`    logs: ${folder}`);
  }

  /** The harness itself failed. */
  breaks(lane: number, number: number, plan: Plan, error: unknown): void {
    this.failed++;
    this.#line(lane, `${Report.headOf(number, plan)}  BROKEN: ${messageOf(error)}`);
  }

  summary(): void {
    clearInterval(this.#timer);
    this.#clear();
    const { 'exactly-once': exact, 'at-least-once': repeated } = this.#duplicates;
    console.log(
      `${this.#done} runs, ${this.failed} failed, ${this.#published} published, ${this.#missing} missing, ` +
        `${this.#unasked} unasked, duplicates: ${exact} in exactly-once, ${repeated} in at-least-once, ` +
        `longest stall ${seconds(this.#longestStall)}, ${seconds(performance.now() - this.#begun)}`,
    );
    for (const mode of MODES)
      console.log(
        `${mode}: ${this.#kills[mode]} SIGKILLs, ${this.#brokerFaults[mode]} faults of broker and network`,
      );
    console.log(
      `${this.#compared} predictions calculated again: largest difference of a probability ${this.#worstDifference.toExponential(1)}`,
    );
    if (this.failed > 0) console.log(`logs of the failing runs: ${this.logs}`);
  }

  #line(lane: number, text: string): void {
    this.#current.delete(lane);
    this.#done++;
    this.#clear();
    console.log(text);
  }

  #progress(): void {
    const now = performance.now();
    const running = [...this.#current.values()].map(
      ({ number, plan, since }) => `run ${number} (${plan.theme}, ${seconds(now - since)})`,
    );
    const left = this.#done === 0 ? '' : `, about ${this.#minutesLeft(now)} min left`;
    const text = `${this.#done}/${this.runs} done, ${this.failed} failed${left}: ${running.join(', ')}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  }

  #minutesLeft(now: number): number {
    return Math.ceil((((now - this.#begun) / this.#done) * (this.runs - this.#done)) / 60_000);
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
