import type { Delivery } from '../core/message';
import type { MessageSource } from '../core/ports';
import type { HttpServer } from '../http/server';
import type { HttpServices } from '../http/services';
import type { InspectionFailure } from '../pipeline/outcomes';

/** The messages of a model that shares its topic with others. */
export interface MessageSelection {
  /** The same source without the messages of other models, which it acknowledges. */
  only(source: MessageSource): MessageSource;
  /** Why no model takes a message; null if one does. */
  refuse(message: Pick<Delivery, 'headers'>): InspectionFailure | null;
}

/** What a processor with one of several models has to know of the others. */
export interface Membership {
  /** Name of its model: in its metrics, and in the files of the model. */
  readonly model: string;
  /** Whether its metrics include those of the process, such as memory: one member reports them for all. */
  readonly reportsProcess: boolean;
  /** Absent where all messages of its topic are its own. */
  readonly selection?: MessageSelection;
  /** Serves it on the common server; resolves when that listens. `url` is null without HTTP. */
  readonly host: (services: HttpServices) => Promise<HostedServer>;
}

/** The common server, as one member sees it. */
export interface HostedServer extends Pick<HttpServer, 'liveFeed'> {
  readonly url: string | null;
}
