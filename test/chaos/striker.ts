/** Executes the faults of a plan. Faults of one member are sequential, and so are those of broker and network. */
import {
  addPartitions,
  createTopic,
  deleteTopic,
  groupBecomes,
  type GroupState,
} from '../faults/kafka-admin';
import type { Stage } from '../faults/driver';
import { pause } from '../faults/watch';
import type { Lane } from './lane';
import type { Members } from './members';
import { describeFault, type Fault, type MemberName } from './fault';
import type { Step } from './plan';
import type { Publisher } from './publisher';

/** For the broker to confirm what was published before its topic is deleted, ms. */
const FLUSH_LIMIT = 60_000;
/** Until the deleted topic is gone and its name is free, ms. */
const RECREATE_LIMIT = 60_000;
/** Time limit for a member to join the group, ms. */
const JOIN_LIMIT = 20_000;

export interface Scene {
  readonly lane: Lane;
  readonly stage: Stage;
  readonly members: Members;
  readonly publisher: Publisher;
  readonly note: (what: string) => void;
  /** The topic is deleted, so its open messages cannot have outcomes. */
  readonly onRecreated: () => void;
}

type Target = MemberName | 'broker';

export class Striker {
  /** Of the input topic. */
  partitions: number;
  /** End of the last fault so far; `performance.now()`. */
  lastEnd = performance.now();
  readonly #chains = new Map<Target, Promise<void>>();
  #over = false;

  constructor(
    private readonly scene: Scene,
    partitions: number,
  ) {
    this.partitions = partitions;
  }

  /** Faults are active or pending. */
  get busy(): boolean {
    return !this.#over;
  }

  /** Resolves when the last fault is over. Rejects when a fault cannot be carried out. */
  async run(steps: readonly Step[]): Promise<void> {
    const begun = performance.now();
    const striking: Promise<void>[] = [];
    for (const { at, fault } of steps) {
      await pause(Math.max(0, begun + at - performance.now()));
      const strike = this.#enqueue(fault);
      // Rejections are reported at the end; other faults continue.
      strike.catch(() => undefined);
      striking.push(strike);
    }
    await Promise.allSettled(striking);
    this.#over = true;
    await Promise.all(striking);
  }

  #enqueue(fault: Fault): Promise<void> {
    const targets = targetsOf(fault);
    const before = targets.flatMap((target) => this.#chains.get(target) ?? []);
    const strike = Promise.allSettled(before).then(async () => {
      this.scene.note(`fault: ${describeFault(fault)}`);
      try {
        await this.#strike(fault);
      } finally {
        this.lastEnd = performance.now();
        this.scene.note(`over: ${describeFault(fault)}`);
      }
    });
    for (const target of targets) this.#chains.set(target, strike);
    return strike;
  }

  async #strike(fault: Fault): Promise<void> {
    const { lane, members } = this.scene;
    switch (fault.kind) {
      case 'freeze':
        return await lane.freeze(fault.ms);
      case 'freeze twice':
        await lane.freeze(fault.ms);
        await pause(fault.aliveMs);
        return await lane.freeze(fault.againMs);
      case 'broker ends':
        return await lane.endBroker(fault.signal, fault.awayMs);
      case 'resets':
        return await lane.resets(fault.times);
      case 'black hole':
        return await lane.blackHole(fault.ms);
      case 'half-open':
        return await lane.halfOpen(fault.ms);
      case 'recreate topic':
        return await this.#recreate(fault.gapMs);
      case 'add partitions':
        this.partitions += fault.count;
        return await addPartitions(lane.servers, this.scene.stage.input, this.partitions);
      case 'join':
        return void members.start(fault.member);
      case 'leave':
        return await members.terminate(fault.member, false);
      case 'kill':
        await members.kill(fault.member);
        await pause(fault.awayMs);
        return void members.start(fault.member);
      case 'restart':
        await members.terminate(fault.member, false);
        await pause(fault.awayMs);
        return void members.start(fault.member);
      case 'kill while another joins':
        await this.#joining(fault.joining, fault.moment);
        await pause(fault.afterMs);
        await members.kill(fault.member);
        await pause(fault.awayMs);
        return void members.start(fault.member);
    }
  }

  /** Waits for the rebalance, with a time limit. */
  async #joining(name: MemberName, moment: 'join' | 'assignment'): Promise<void> {
    this.scene.members.start(name);
    const { servers, group, input } = this.scene.stage;
    const isThere = ({ stable, members }: GroupState): boolean =>
      members.some(({ instance }) => instance === `${name}-${input}`) && (moment === 'join' || stable);
    if (!(await groupBecomes({ servers, group }, isThere, JOIN_LIMIT)))
      this.scene.note(`${name} is not in the group after ${JOIN_LIMIT / 1_000} s`);
  }

  async #recreate(gapMs: number): Promise<void> {
    const { lane, stage, publisher, onRecreated, note } = this.scene;
    await publisher.pause(FLUSH_LIMIT);
    await deleteTopic(lane.servers, stage.input);
    onRecreated();
    await pause(gapMs);
    // The broker deletes in the background: until then the name is taken.
    const deadline = performance.now() + RECREATE_LIMIT;
    for (;;) {
      try {
        await createTopic(lane.servers, stage.input, this.partitions);
        break;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(50);
      }
    }
    note('the topic is there again');
    await publisher.resume();
  }
}

/** Two processes of one name would fence each other, hence also the one that joins. */
function targetsOf(fault: Fault): readonly Target[] {
  if (fault.kind === 'kill while another joins') return [fault.member, fault.joining];
  return 'member' in fault ? [fault.member] : ['broker'];
}
