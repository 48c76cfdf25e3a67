import { isConnected, type BrokerStatistics, type Statistics } from './statistics';

/** A broker that is busy starting or collecting garbage may be quiet for some seconds, ms. */
const SILENCE = 4_000;
/** librdkafka's name for the connection by which a member joins its group. */
const COORDINATOR = 'GroupCoordinator';

interface Sight {
  /** Answers so far. */
  readonly rx: number;
  /** Since when requests wait with no further answer; undefined while none waits. */
  readonly waitingSince: number | undefined;
}

/**
 * Whether the brokers answer, from one statistic to the next. Silent: requests wait, and nothing has come on any of the
 * connections where they do; the broker is frozen, or the network swallows its answers. Unknown: nothing is asked. While a
 * group takes its members in, it leaves their requests without an answer for long; those do not count.
 */
export class Answers {
  #sights = new Map<string, Sight>();

  look({ brokers = {}, cgrp }: Statistics, now = performance.now()): 'heard' | 'silent' | 'unknown' {
    const before = this.#sights;
    const up = Object.entries(brokers).filter(([, broker]) => isConnected(broker));
    this.#sights = new Map(up.map(([name, broker]) => [name, sightOf(broker, before.get(name), now)]));
    // A connection that came about has been answered.
    if ([...this.#sights].some(([name, { rx }]) => rx > (before.get(name)?.rx ?? -1))) return 'heard';
    const isJoining = cgrp !== undefined && cgrp.join_state !== 'steady';
    const asked = [...this.#sights].flatMap(([name, { waitingSince }]) =>
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
