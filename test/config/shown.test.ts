import { LEAVES } from '../../src/config/leaves';
import { isShown } from '../../src/config/shown';
import { masked } from '../../src/config/settings';

describe('a setting', () => {
  it('is shown only if it is known to hold no secret', () => {
    const hidden = LEAVES.map(({ path }) => path).filter((path) => !isShown(path));
    expect(hidden.map((path) => path.join('.'))).toEqual([
      'requests.callbacks.secret',
      'kafka.properties',
      'kafka.oidc.clientSecret',
      'kafka.oidc.extensions',
      'model.url',
      'model.token',
      'model.headers',
      'references.authorization',
      'schemaRegistry.password',
      'schemaRegistry.token',
      'schemaRegistry.headers',
      'http.token',
      'webhook.url',
      'webhook.secret',
    ]);
    expect(isShown(['a', 'new', 'setting'])).toBe(false);
  });

  it('that is an address is masked if it may contain a password or a key', () => {
    const shown = (url: string) => isShown(['kafka', 'oidc', 'tokenUrl'], url);
    expect([shown('https://a/token'), shown('https://u:p@a/'), shown('https://a/?key=1')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('among the properties of Kafka is masked unless it is on the list', () => {
    const properties = {
      'bootstrap.servers': 'a:1',
      'basic.auth.user.info': 'x',
      'ssl.key.password': 'x',
      'sasl.oauthbearer.assertion.private.key.passphrase': 'x',
      'sasl.password': 'x',
      'what.comes.next': 'x',
    };
    expect(masked({ kafka: { properties } }, [])).toEqual({
      kafka: {
        properties: {
          ...Object.fromEntries(Object.keys(properties).map((key) => [key, '(masked)'])),
          'bootstrap.servers': 'a:1',
        },
      },
    });
  });
});
