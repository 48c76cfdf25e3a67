import { kafkaCodeOf, KAFKA } from './errors';
import { AFTERMATH } from './recent-event';
import type { SessionOptions } from './session-options';

/** librdkafka reports a fenced static member just as fatal; in the classic protocol there is no other cause. */
export function isFencing(error: unknown, { properties }: Pick<SessionOptions, 'properties'>): boolean {
  const code = kafkaCodeOf(error);
  const isStatic = properties['group.instance.id'] !== undefined;
  return code === KAFKA.FENCED_INSTANCE_ID || (code === KAFKA.FATAL && isStatic);
}

/**
 * Either a newer process has this one's name, or the member was fenced by its own former session. The latter happens
 * after an outage of the broker or a pause in polling; then a new consumer helps. In the first case it would fence
 * the other process in turn, without end. With transactions that must not happen even once; without, the second
 * fencing is decisive.
 *
 * @returns whether another process has replaced this one
 */
export function noteFencing({
  outages,
  fencings,
  transactional,
}: Pick<SessionOptions, 'outages' | 'fencings' | 'transactional'>): boolean {
  const replaced = !outages.within(AFTERMATH) && (transactional || fencings.within(AFTERMATH));
  fencings.note();
  return replaced;
}
