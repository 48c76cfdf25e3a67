import { loadConfig, parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { settingsInForce } from '../../src/config/settings';
import { remoteSettingsOf } from '../../src/setup/remote-settings';

const URL_OF_MODEL = 'https://models.example/v2/models/pets';
const messageOf = (input: ConfigInput): string => {
  try {
    parseConfig(input);
    return 'valid';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the settings of a remote model', () => {
  it.each([
    ['model.url', { model: { url: URL_OF_MODEL, token: 'secret', labels: ['a', 'b'] } }],
    [
      'inference.model',
      { inference: { model: URL_OF_MODEL }, model: { token: 'secret', labels: ['a', 'b'] } },
    ],
    [
      'an object in inference.model',
      { inference: { model: { url: URL_OF_MODEL, token: 'secret', labels: ['a', 'b'] } } },
    ],
  ])('have the address in %s', (_, input) => {
    expect(remoteSettingsOf(parseConfig(input as ConfigInput).config)).toMatchObject({
      url: URL_OF_MODEL,
      protocol: 'open-inference',
      headers: { authorization: 'Bearer secret' },
      labels: ['a', 'b'],
      timeoutMs: 10_000,
      concurrency: 4,
      maxBatch: 32,
    });
  });

  it('are overridden by a variable, and by the name of another model', () => {
    const env = {
      STREAM_INFER_MODEL_URL: 'https://other.example/v2/models/x',
      STREAM_INFER_MODEL_TOKEN: 't',
    };
    const { config, sources } = loadConfig({ defaults: { model: { url: URL_OF_MODEL } }, env });
    expect(config.inference.model).toBe('https://other.example/v2/models/x');
    expect(sources.get('inference.model')).toBe('environment STREAM_INFER_MODEL_URL');
    const local = loadConfig({
      defaults: { model: { url: URL_OF_MODEL } },
      env: { STREAM_INFER_INFERENCE_MODEL: './m' },
    });
    expect(remoteSettingsOf(local.config)).toBeNull();
  });

  it('may have the address in both keys of different places', () => {
    const env = { STREAM_INFER_MODEL_URL: 'https://' };
    const load = () => loadConfig({ defaults: { inference: { model: URL_OF_MODEL } }, env });
    expect(load).toThrow('model.url: it is not a valid address (environment STREAM_INFER_MODEL_URL)');
  });

  it('show no secret', () => {
    const loaded = parseConfig({
      inference: { model: 'https://models.example/classify?key=hidden' },
      model: { protocol: 'custom', labels: ['a', 'b'], token: 'hidden', headers: { 'x-api-key': 'hidden' } },
    });
    const shown = JSON.stringify(settingsInForce(loaded));
    expect(shown).not.toContain('hidden');
    expect(shown).toContain('"custom"');
  });

  it.each<[object, string]>([
    [{ model: { url: 'https://models.example' } }, 'model.name: the protocol open-inference needs the name'],
    [
      { model: { url: URL_OF_MODEL, protocol: 'custom' } },
      'model.labels: the protocol custom needs the names',
    ],
    [
      { model: { url: 'https://user:hidden@models.example' } },
      'the address holds credentials; put them into',
    ],
    [{ model: { url: 'https://' } }, 'model.url: it is not a valid address'],
    [
      { model: { url: URL_OF_MODEL }, models: { control: 'poll' } },
      'models.control: a remote model has no versions',
    ],
    [
      { inference: { model: 'https://models.example/v2/models/m' }, cache: { entries: 5 } },
      'cache.entries: results of a remote model are not kept',
    ],
    [{ model: { labels: ['a', 'b'] } }, 'model.labels: it is for a remote model, which has no address'],
    [{ model: { url: URL_OF_MODEL, protocol: 'grpc' } }, 'model.protocol: expected one of open-inference'],
    ...['ftp://u:hidden@x/y', 'grpc://hidden:8001'].flatMap((address): [object, string][] => [
      [{ model: { url: address } }, 'model.url: only addresses with http:// and https:// are supported'],
      [{ inference: { model: address } }, 'inference.model: only addresses with http:// and https:// are'],
    ]),
    [{ model: { url: 5 } }, 'model.url: '],
    [{ model: { url: URL_OF_MODEL }, inference: { model: './m' } }, 'inference.model is set too; remove one'],
    [{ model: { url: URL_OF_MODEL, token: 'hidden\n' } }, 'model.token: expected text that fits a header'],
    [
      { model: { url: URL_OF_MODEL, token: 'hidden\u{1f600}' } },
      'model.token: expected text that fits a header',
    ],
    [
      { model: { url: URL_OF_MODEL, headers: { 'x-a': 'hidden\r\nx: y' } } },
      'model.headers.x-a: expected text',
    ],
    ...['content-length', 'Host', 'transfer-encoding', 'Content-Type', 'inference-header-content-length'].map(
      (name): [object, string] => [
        { model: { url: URL_OF_MODEL, headers: { [name]: 'hidden' } } },
        `model.headers.${name}: stream-infer sets this header; remove it`,
      ],
    ),
    [{ model: { url: URL_OF_MODEL, input: { std: [0] } } }, 'model.input.std: expected numbers other than 0'],
    [{ model: { url: URL_OF_MODEL, labels: ['a', 'a'] } }, 'model.labels: expected different names'],
    [{ input: { rate: 0 } }, 'input.rate: too small'],
  ])('are refused with the remedy: %j', (input, expected) => {
    const message = messageOf(input);
    expect(message).toContain(expected);
    expect(message).not.toContain('hidden');
  });
});
