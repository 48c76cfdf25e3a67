import { environmentLayer } from '../../src/config/environment';
import { parseConfig } from '../../src/config/load';
import { settingsInForce } from '../../src/config/settings';
import type { ConfigInput } from '../../src/config/schema';

function problemOf(references: ConfigInput['references']): string {
  try {
    parseConfig({ references });
    return 'valid';
  } catch (error) {
    return (error as Error).message;
  }
}

const shown = (references: ConfigInput['references']) =>
  Object.fromEntries(settingsInForce(parseConfig({ references })).map(({ path, value }) => [path, value]));

describe('the settings of references', () => {
  it('allow nothing by default', () => {
    expect(parseConfig({}).config.references).toMatchObject({ allow: [], allowPrivateNetwork: false });
  });

  it('name each wrong place', () => {
    expect(problemOf({ allow: ['https://ok.example.com', 'ftp://host', 's3://*'] })).toMatch(
      /references\.allow\.1: expected a place such as[^]*references\.allow\.2: expected the name of a bucket/,
    );
  });

  it.each([
    [{ timeout: '1h' }, /at most 45s/],
    [{ attempts: 0 }, /references\.attempts/],
    [{ s3: { endpoint: 'minio:9000' } }, /expected an http or https address/],
    [{ authorization: { 'images.example.com': 'Bearer x' } }, /expected keys of scheme and host/],
    [{ authorization: { 'https://images.example.com': 'Bearer\nx' } }, /fits a header/],
  ])('refuse %j', (references, message) => {
    expect(problemOf(references)).toMatch(message);
  });

  it.each([
    [
      ['https://images.example.com'],
      'https://image.example.com',
      /no place .* has this host; add https:\/\/image\.ex/,
    ],
    [['http://images.example.com'], 'https://images.example.com', /no place/],
    [['s3://images.example.com'], 'https://images.example.com', /no place/],
    [['https://*.example.com'], 'https://example.com', /no place/],
    [['https://*.example.com'], 'https://A.example.com:443', /^valid$/],
    [['https://images.example.com:8443/public'], 'https://images.example.com:8443', /^valid$/],
  ])('with the places %j have a header for %s', (allow, origin, message) => {
    const problem = problemOf({ allow, authorization: { [origin]: 'Bearer secret-3' } });
    expect(problem).toMatch(message);
    expect(problem).not.toContain('secret-3');
  });

  it('are shown without secrets', () => {
    const settings = shown({
      allow: ['https://images.example.com'],
      authorization: { 'https://images.example.com': 'Bearer secret-1' },
      s3: { endpoint: 'http://minio:9000' },
    });
    expect(settings['references.allow']).toEqual(['https://images.example.com']);
    expect(settings['references.s3.endpoint']).toBe('http://minio:9000');
    expect(JSON.stringify(settings)).not.toContain('secret-1');
  });

  it('do not repeat a password or a signature of a wrong place', () => {
    for (const place of ['https://me:secret-2@host', 'https://host/x?sig=secret-2'])
      expect(problemOf({ allow: [place] })).not.toContain('secret-2');
    expect(problemOf({ s3: { endpoint: 'http://me:secret-2@minio' } })).not.toContain('secret-2');
  });

  it('can be set in the environment', () => {
    const env = { STREAM_INFER_REFERENCES_ALLOW: 's3://camera, https://*.example.com' };
    expect(environmentLayer(env).values).toEqual({
      references: { allow: ['s3://camera', 'https://*.example.com'] },
    });
  });
});

describe('the place for images behind events', () => {
  const keepOriginals = 'file:///var/images';

  it('needs rules, which make the events', () => {
    expect(() => parseConfig({ events: { keepOriginals } })).toThrow(
      /events\.keepOriginals: without rules there are no events; add alerts, or remove it/,
    );
    const alerts = [{ name: 'moves', kind: 'drift' }] as const;
    expect(parseConfig({ events: { keepOriginals }, alerts: [...alerts] }).config.events).toEqual({
      keepOriginals,
    });
  });
});
