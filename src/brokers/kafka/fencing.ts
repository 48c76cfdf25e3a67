import { fenced, kafkaCodeOf, KAFKA } from './errors';
import { AFTERMATH } from './recent-event';
import type { SessionOptions } from './session-options';

/** librdkafka reports a fenced static member just as fatal; in the classic protocol there is no other cause. */
export function isFencing(error: unknown, { properties }: Pick<SessionOptions, 'properties'>): boolean {
  const code = kafkaCodeOf(error);
  const isStatic = properties['group.instance.id'] !== undefined;
  return code === KAFKA.FENCED_INSTANCE_ID || (code === KAFKA.FATAL && isStatic);
}

/**
 * Finds out why a member was fenced. Either a newer process has this one's name, or the member was fenced by its own former
 * session. The latter happens after an outage of the broker or a pause in polling; then a new consumer helps. In the
 * first case it would fence the other process in turn, without end. The second fencing is decisive. With transactions
 * the producer knows.
 */
export class Fencing {
  #asked = false;

  constructor(
    private readonly options: Pick<SessionOptions, 'outages' | 'fencings' | 'companion'>,
    /** Ends the session: with FENCED if another process has replaced this one. */
    private readonly end: (error: unknown) => void,
  ) {}

  /** The client reports one fencing several times. */
  note(error: unknown): void {
    const { outages, fencings, companion } = this.options;
    const end = (replaced: boolean): void => this.end(replaced ? fenced(error) : error);
    if (companion === undefined) {
      end(!outages.within(AFTERMATH) && fencings.within(AFTERMATH));
      fencings.note();
    } else if (!this.#asked) {
      this.#asked = true;
      void companion.isReplaced().then(end);
    }
  }
}
