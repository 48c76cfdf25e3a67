import type { Reach } from '../reach';
import { toPubsubError } from './errors';

/**
 * Reports outages of Pub/Sub. All parts of a connection share it: any answer to one of them ends an outage. The client
 * retries most calls for long before it reports a failure.
 */
export class Outage {
  constructor(private readonly reach: Reach) {}

  /** @returns whether the error means that the broker is unreachable; any other answer ends an outage */
  onError(thrown: unknown): boolean {
    const { code, message } = toPubsubError(thrown, 'Pub/Sub', 'INTERNAL');
    if (code === 'BROKER_UNREACHABLE') {
      this.reach.lost(this, message);
      return true;
    }
    if (code === 'TOPIC_MISSING' || code === 'BROKER_REFUSED') this.onAnswer();
    return false;
  }

  onAnswer(): void {
    this.reach.answered(this);
  }
}
