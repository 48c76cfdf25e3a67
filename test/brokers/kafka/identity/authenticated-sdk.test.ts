import { EventEmitter } from 'node:events';

import { authenticateAdmin, withTokens } from '../../../../src/brokers/kafka/identity/authenticated-sdk';
import { TokenKeeper } from '../../../../src/brokers/kafka/identity/keeper';
import type { KafkaToken } from '../../../../src/brokers/kafka/identity/settings';
import type { NativeSdk } from '../../../../src/brokers/kafka/native';
import { silentLog } from '../../../helpers/log';

const HOUR = 3_600_000;
const token = (value: string): KafkaToken => ({
  ...{ value, expiresAt: Date.now() + HOUR, principal: 'me', extensions: { logicalCluster: 'lkc' } },
});

/** A client as the add-on creates it. */
class Client extends EventEmitter {
  readonly set: unknown[][] = [];
  _isDisconnecting = false;

  constructor(private readonly properties: { readonly oauthbearer_token_refresh_cb: () => unknown }) {
    super();
  }

  /** librdkafka asks for a token. */
  ask(): unknown {
    return this.properties.oauthbearer_token_refresh_cb();
  }

  getClient() {
    return { setOAuthBearerToken: (...args: unknown[]) => void this.set.push(args) };
  }
}

function stage() {
  const tokens = [token('first'), token('second')];
  const provider = {
    ...{ name: 'a test', load: async () => undefined },
    fetch: async () => tokens.shift() as KafkaToken,
  };
  const keeper = new TokenKeeper(provider, silentLog);
  const native = {
    ...{ KafkaConsumer: Client, Producer: Client, features: ['lz4'] },
    AdminClient: { create: (properties: never) => new Client(properties), createFrom: 'kept' },
  };
  const sdk = withTokens(native as unknown as NativeSdk, keeper, silentLog) as unknown as typeof native;
  return { keeper, sdk };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('clients of an SDK with tokens', () => {
  it.each(['KafkaConsumer', 'Producer'] as const)('get them when librdkafka asks: %s', async (kind) => {
    const { keeper, sdk } = stage();
    const client = new sdk[kind]({ 'client.id': 'x' } as never);
    expect(client.ask()).toBeUndefined();
    await settled();
    expect(client.set).toEqual([['first', expect.any(Number), 'me', ['logicalCluster', 'lkc']]]);
    keeper.close();
  });

  it('get the next one after a refusal in their log', async () => {
    const { keeper, sdk } = stage();
    const client = new sdk.Producer({} as never);
    client.ask();
    await settled();
    const line =
      'x:9092/1: SASL authentication error: {"status":"invalid_token"} (after 2ms in state AUTH_REQ)';
    client.emit('event.log', { message: line });
    await settled();
    expect(client.set.map(([value]) => value)).toEqual(['first', 'second']);
    keeper.close();
  });

  it.each<[string, (client: Client) => void]>([
    ['disconnect', (client) => (client._isDisconnecting = true)],
    ['have disconnected', (client) => client.emit('disconnected')],
    ['could not connect', (client) => client.emit('connection.failure')],
  ])('get none while they %s: the call would block', async (_, end) => {
    const { keeper, sdk } = stage();
    const client = new sdk.KafkaConsumer({} as never);
    client.ask();
    end(client);
    await settled();
    expect(client.set).toEqual([]);
    keeper.close();
  });

  it('for administration get one between their requests only, as a request holds a lock', async () => {
    const { keeper, sdk } = stage();
    const client = sdk.AdminClient.create({} as never);
    client.ask();
    await keeper.ready();
    await settled();
    expect(client.set).toEqual([]);
    await authenticateAdmin(client);
    await authenticateAdmin(client);
    expect(client.set.map(([value]) => value)).toEqual(['first']);
    expect(sdk.AdminClient.createFrom).toBe('kept');
    keeper.close();
  });
});
