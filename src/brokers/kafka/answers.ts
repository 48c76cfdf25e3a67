import { isConnected, type BrokerStatistics, type Statistics } from './statistics';

/** A broker that is starting or collecting garbage may be silent for some seconds, ms. */
const SILENCE = 4_000;
/** librdkafka's name for the connection to the group coordinator. */
const COORDINATOR = 'GroupCoordinator';

interface Sight {
  /** Total answers. */
  readonly rx: number;
  /** Start of the time in which requests have been waiting without an answer; undefined while none waits. */
  readonly waitingSince: number | undefined;
}

/**
 * Whether the brokers answer, from one statistics event to the next. Silent: requests are waiting, and none of their
 * connections received anything; the broker is frozen, or the network drops its answers. Unknown: there are no
 * requests. Requests to join a group do not count: they may stay unanswered for long.
 */
export class Answers {
  #views = new Map<string, Sight>();

  evaluate({ brokers = {}, cgrp }: Statistics, now = performance.now()): 'answering' | 'silent' | 'unknown' {
    const before = this.#views;
    const up = Object.entries(brokers).filter(([, broker]) => isConnected(broker));
    this.#views = new Map(up.map(([name, broker]) => [name, sightOf(broker, before.get(name), now)]));
    // Any answer on a new connection counts.
    if ([...this.#views].some(([name, { rx }]) => rx > (before.get(name)?.rx ?? -1))) return 'answering';
    const isJoining = cgrp !== undefined && cgrp.join_state !== 'steady';
    const asked = [...this.#views].flatMap(([name, { waitingSince }]) =>
      isJoining && name === COORDINATOR ? [] : (waitingSince ?? []),
    );
    return asked.length > 0 && asked.every((since) => now - since >= SILENCE) ? 'silent' : 'unknown';
  }
}

function sightOf(
  { rx = 0, waitresp_cnt = 0 }: BrokerStatistics,
  before: Sight | undefined,
  now: number,
): Sight {
  if (waitresp_cnt === 0) return { rx, waitingSince: undefined };
  return { rx, waitingSince: before?.rx === rx ? (before.waitingSince ?? now) : now };
}
