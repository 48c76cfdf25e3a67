/** Gives tokens to every client that is created with an SDK: none can be forgotten. */
import type { EventEmitter } from 'node:events';

import { messageOf } from '../../../core/errors';
import type { Log } from '../../../core/ports';
import type { NativeSdk } from '../native';
import type { TokenKeeper, TokenTaker } from './keeper';
import type { KafkaToken } from './settings';

/** Parts of the add-on's clients that its typings omit. */
interface Client extends EventEmitter {
  readonly _isDisconnecting?: boolean;
  getClient(): {
    setOAuthBearerToken(
      value: string,
      expiresAt: number,
      principal: string,
      extensions: readonly string[],
    ): void;
  };
}

type Constructor = new (properties: object) => Client;
type Attach = (client: Client, isAdmin: boolean) => () => void;

interface Sdk {
  readonly KafkaConsumer: Constructor;
  readonly Producer: Constructor;
  readonly AdminClient: { create(properties: object, handlers: object): Client };
}

const keepers = new WeakMap<object, TokenKeeper>();
const admins = new WeakMap<object, TokenTaker>();

/** The tokens of the clients of an SDK, or of one client; undefined if it needs none. */
export function tokensOf(sdkOrClient: object): TokenKeeper | undefined {
  return keepers.get(sdkOrClient);
}

/**
 * Gives an administration client a token. Only while it has no request: each holds a lock that a new token would wait
 * for, and block this thread.
 */
export async function authenticateAdmin(client: object): Promise<void> {
  const [keeper, taker] = [keepers.get(client), admins.get(client)];
  if (keeper !== undefined && taker !== undefined) await keeper.give(taker);
}

export function withTokens(sdk: NativeSdk, keeper: TokenKeeper, log: Log): NativeSdk {
  const decorated = decorate(sdk, (client, isAdmin) => {
    const taker = new ClientTaker(client, log);
    keepers.set(client, keeper);
    const leave = (): void => {
      taker.end();
      keeper.leave(taker);
    };
    client.once('disconnected', leave).once('connection.failure', leave);
    client.on('event.log', ({ message }: { message?: string }) => {
      const reason = refusalIn(message);
      if (reason !== undefined) keeper.onRefused(reason);
    });
    if (!isAdmin) return () => keeper.serve(taker);
    admins.set(client, taker);
    return () => undefined;
  });
  keepers.set(decorated, keeper);
  return decorated;
}

/** For clients that never connect: librdkafka requires a callback, and a request for a token would have no use. */
export function withoutTokens(sdk: NativeSdk): NativeSdk {
  return decorate(sdk, () => () => undefined);
}

/** librdkafka asks for a token when a client is created, and after 80 % of the lifetime of each token. */
function decorate(sdk: NativeSdk, attach: Attach): NativeSdk {
  const { KafkaConsumer, Producer, AdminClient } = sdk as unknown as Sdk;
  const attached = (properties: object, create: (all: object) => Client, isAdmin = false): Client => {
    // Without a promise: the binding would throw after a disconnect, outside of any handler.
    const client = create({ ...properties, oauthbearer_token_refresh_cb: () => serve() });
    const serve = attach(client, isAdmin);
    return client;
  };
  const decorated = (Original: Constructor) =>
    function (properties: object): Client {
      return attached(properties, (all) => new Original(all));
    };
  return {
    ...sdk,
    KafkaConsumer: decorated(KafkaConsumer),
    Producer: decorated(Producer),
    AdminClient: {
      ...AdminClient,
      create: (properties: object, handlers: object) =>
        attached(properties, (all) => AdminClient.create(all, handlers), true),
    },
  } as unknown as NativeSdk;
}

class ClientTaker implements TokenTaker {
  #ended = false;
  #last: KafkaToken | undefined;

  constructor(
    private readonly client: Client,
    private readonly log: Log,
  ) {}

  end(): void {
    this.#ended = true;
  }

  take(token: KafkaToken): boolean {
    if (token === this.#last) return true;
    const { value, expiresAt, principal = '', extensions = {} } = token;
    // While a client disconnects, it holds a lock that would block this thread.
    if (this.#ended || this.client._isDisconnecting === true) return false;
    try {
      this.client
        .getClient()
        .setOAuthBearerToken(value, Math.floor(expiresAt), principal, Object.entries(extensions).flat());
      this.#last = token;
      return true;
    } catch (error) {
      this.log.debug({ error: messageOf(error) }, 'a kafka client took no token');
      return false;
    }
  }
}

function refusalIn(line: string | undefined): string | undefined {
  return /SASL authentication error: (.*?)(?: \(after \d+ms .*)?$/s.exec(line ?? '')?.[1];
}
