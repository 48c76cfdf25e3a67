import type { MessageSink, MessageSource } from '../core/ports';
import type { Followers } from './followers';

/** Resources of a running results server, in the order in which they are acquired. */
export interface ServerResources {
  /** Publishes redriven dead letters. */
  readonly sink: MessageSink;
  readonly followers: Followers;
  /** The reader of the predictions. */
  readonly source: MessageSource;
}
