import type { Actor, VirtualTime } from '../virtual-time';

/** What may go wrong on the way, as long as it lasts. */
export interface Weather {
  /** Probability that a request never arrives, or that its answer is lost after it took effect. */
  loss: number;
  /** Probability that a request whose answer was lost arrives once more, after its retry. */
  late: number;
  isBrokerDown: boolean;
}

/** Between a request and its repetition, ms. */
const RETRY_MS = 100;
/** Longest way from a client to the broker or back, ms. */
const LONGEST_MS = 15;
/** A delayed duplicate arrives within this time after its retry, ms. */
const LATEST_MS = 400;

/** The connections between clients and the broker. */
export class Network {
  readonly weather: Weather = { loss: 0, late: 0, isBrokerDown: false };

  constructor(readonly time: VirtualTime) {}

  connect(actor: Actor, onDisturbed: () => void): Connection {
    return new Connection(this, actor, onDisturbed);
  }
}

/**
 * One client's connection: requests arrive in order, each at least once. As in librdkafka, a lost request is repeated,
 * and the broker has to recognise the repetition. The client learns only that a connection was lost.
 */
export class Connection {
  /** The network between this client and the broker is down until then, virtual ms. */
  cutUntil = 0;
  #lastArrival = 0;
  #lastAnswer = 0;
  #isClosed = false;

  constructor(
    private readonly network: Network,
    private readonly actor: Actor & { cutUntil?: number },
    private readonly onDisturbed: () => void,
  ) {}

  get isUp(): boolean {
    const cut = Math.max(this.cutUntil, this.actor.cutUntil ?? 0);
    return !this.network.weather.isBrokerDown && cut <= this.network.time.now;
  }

  close(): void {
    this.#isClosed = true;
  }

  /**
   * @param apply takes effect at the broker; may run again for a repetition
   * @param mayBeLate the first copy may arrive after the second one
   */
  request<T>(apply: () => T, answer: (result: T) => void, mayBeLate = false): void {
    const { time, weather } = this.network;
    if (this.#isClosed) return;
    this.#lastArrival = Math.max(this.#lastArrival, time.now + time.random() * LONGEST_MS);
    // It is on its way, even if its process dies now.
    time.after(this.#lastArrival - time.now, null, () => {
      const isLost = !this.isUp || time.chance(weather.loss);
      const hasEffect = this.isUp && (!isLost || time.chance(0.5));
      if (!isLost) return this.#answer(apply(), answer);
      if (hasEffect) {
        if (mayBeLate && time.chance(weather.late))
          time.after(RETRY_MS + time.random() * LATEST_MS, null, () => void (this.isUp && apply()));
        else apply();
      }
      time.after(RETRY_MS, this.actor, () => {
        if (this.#isClosed) return;
        this.onDisturbed();
        this.request(apply, answer, mayBeLate);
      });
    });
  }

  #answer<T>(result: T, answer: (result: T) => void): void {
    const { time } = this.network;
    this.#lastAnswer = Math.max(this.#lastAnswer, time.now + time.random() * LONGEST_MS);
    time.after(this.#lastAnswer - time.now, this.actor, () => {
      if (!this.#isClosed) answer(result);
    });
  }
}
