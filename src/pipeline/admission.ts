import { byteSize, type Delivery, type Header } from '../core/message';
import type { Outcome } from '../core/prediction';
import type { RefusedValue, ResolvedValue, ValueResolver } from '../core/resolver';
import type { Job } from './batch-classifier';
import { refuseDelivery, rejectDelivery } from './outcomes';
import type { Permits } from './permits';
import type { PipelinePorts } from './pipeline-ports';
import { ResolveStage } from './resolve-stage';
import { addedBytes, describeResolved } from './resolved-items';

type AdmissionPorts = Pick<PipelinePorts, 'source' | 'inspect' | 'resolver' | 'onAbandoned' | 'log'>;

/** What follows on an admission. */
export interface AdmissionSteps {
  enqueue(job: Job): void;
  deliver(refused: readonly Outcome[]): void;
  /** After calls of `enqueue`. */
  dispatch(): void;
  /** Without an outcome: the broker redelivers it. */
  abandon(delivery: Delivery): void;
}

/** Gives each delivery a permit, resolves its value if it holds no image itself, and recognises or refuses it. */
export class Admission {
  /** null where all messages hold their image. */
  readonly #resolving: ResolveStage | null;
  /** Memory of resolved values in flight; empty where nothing is resolved. */
  readonly #addedBytes = new Map<Delivery, number>();
  /** Of the latest deliveries, until they are handed on. */
  #refused: Outcome[] = [];

  constructor(
    private readonly ports: AdmissionPorts,
    private readonly permits: Permits,
    private readonly steps: AdmissionSteps,
  ) {
    this.#resolving = ports.resolver === undefined ? null : this.#createStage(ports.resolver);
  }

  /** Why no messages are taken at present, as a sentence; null while they are. */
  get pausedFor(): string | null {
    return this.#resolving === null ? null : this.#resolving.pausedFor;
  }

  /** How many further messages may be taken now, apart from permits. */
  room(): number {
    return this.#resolving === null ? Infinity : this.#resolving.room();
  }

  /** In the order of arrival. */
  add(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.permits.acquire(byteSize(delivery));
      if (this.#resolving === null) this.#inspect(delivery);
      else this.#resolving.add(delivery);
    }
    this.#flush();
  }

  /** These deliveries are no longer in flight. */
  release(outcomes: readonly { readonly delivery: Delivery }[]): void {
    for (const { delivery } of outcomes) this.permits.release(byteSize(delivery));
    if (this.#resolving === null) return;
    for (const { delivery } of outcomes) this.#releaseAdded(delivery);
    this.#resolving.resume();
  }

  /** Abandons the messages whose values are not available. */
  stop(): void {
    this.#resolving?.stop();
  }

  /** Abandons all messages whose values are not resolved. */
  end(): void {
    this.#resolving?.end();
  }

  #createStage(resolver: ValueResolver): ResolveStage {
    const { source, log } = this.ports;
    const steps = {
      accept: (delivery: Delivery, resolved: ResolvedValue | null) =>
        resolved === null ? this.#inspect(delivery) : this.#inspectResolved(delivery, resolved),
      refuse: (delivery: Delivery, { code, message }: RefusedValue) =>
        void this.#refused.push(rejectDelivery(delivery, { code, message, stage: 'resolve', attempts: 1 })),
      abandon: (delivery: Delivery) => {
        this.steps.abandon(delivery);
        this.ports.onAbandoned?.(delivery);
      },
      flush: () => this.#flush(),
      isCurrent: (delivery: Delivery) => source.isCurrent(delivery),
      hasRoom: () => this.permits.hasBytes,
    };
    return new ResolveStage(resolver, steps, log, { concurrency: resolver.concurrency });
  }

  #inspect(delivery: Delivery): void {
    const format = this.ports.inspect(delivery);
    if (typeof format === 'object') this.#refused.push(refuseDelivery(delivery, format));
    else this.steps.enqueue({ delivery, bytes: delivery.value as Buffer, format, reply: null });
  }

  #inspectResolved(delivery: Delivery, resolved: ResolvedValue): void {
    const { value, contentType } = resolved;
    this.#holdAdded(delivery, addedBytes(delivery, resolved));
    const headers: Header[] = contentType === undefined ? [] : [['content-type', contentType]];
    const format = this.ports.inspect({ value, headers });
    if (typeof format === 'object') return void this.#refused.push(refuseDelivery(delivery, format));
    const described = describeResolved(delivery, resolved);
    this.steps.enqueue({ delivery, bytes: value, format, reply: null, described });
  }

  #holdAdded(delivery: Delivery, bytes: number): void {
    if (bytes === 0) return;
    this.#addedBytes.set(delivery, bytes);
    this.permits.grow(bytes);
  }

  #releaseAdded(delivery: Delivery): void {
    const bytes = this.#addedBytes.get(delivery);
    if (bytes === undefined) return;
    this.#addedBytes.delete(delivery);
    this.permits.grow(-bytes);
  }

  #flush(): void {
    const refused = this.#refused;
    if (refused.length > 0) {
      this.#refused = [];
      this.steps.deliver(refused);
    }
    this.steps.dispatch();
  }
}
