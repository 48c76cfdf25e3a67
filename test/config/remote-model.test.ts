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

  it('show no secret', () => {
    const loaded = parseConfig({
      inference: { model: 'https://models.example/classify?key=hidden' },
      model: { protocol: 'custom', labels: ['a', 'b'], token: 'hidden', headers: { 'x-api-key': 'hidden' } },
    });
    const shown = JSON.stringify(settingsInForce(loaded));
    expect(shown).not.toContain('hidden');
    expect(shown).toContain('"custom"');
  });

  it.each([
    [{ model: { url: 'https://models.example' } }, 'model.name: the protocol open-inference needs the name'],
    [
      { model: { url: URL_OF_MODEL, protocol: 'custom' } },
      'model.labels: the protocol custom needs the names',
    ],
    [
      { model: { url: 'https://user:hidden@models.example' } },
      'the address holds credentials; put them into',
    ],
    [{ model: { url: 'https://' } }, 'inference.model: it is not a valid address'],
    [
      { model: { url: URL_OF_MODEL }, models: { control: 'poll' } },
      'models.control: a remote model has no versions',
    ],
    [{ model: { labels: ['a', 'b'] } }, 'model.labels: it is for a remote model, which has no address'],
    [{ model: { url: URL_OF_MODEL, protocol: 'grpc' } }, 'model.protocol: expected one of open-inference'],
    [{ input: { rate: 0 } }, 'input.rate: too small'],
  ])('are refused with the remedy: %j', (input, expected) => {
    const message = messageOf(input as ConfigInput);
    expect(message).toContain(expected);
    expect(message).not.toContain('hidden');
  });
});
