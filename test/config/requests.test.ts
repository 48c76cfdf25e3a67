import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { settingsInForce } from '../../src/config/settings';

const SECRET = 'a secret of sixteen or more';

function problemOf(requests: ConfigInput['requests']): string {
  try {
    parseConfig({ requests });
    return 'valid';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the settings of callbacks', () => {
  it('allow nothing by default', () => {
    expect(parseConfig({}).config.requests.callbacks).toMatchObject({ allow: [], attempts: 10 });
  });

  it.each([
    [{ allow: ['s3://images'], secret: SECRET }, /expected an https or http address/],
    [{ allow: ['hooks.example.com'], secret: SECRET }, /expected a place such as/],
    [{ allow: ['https://hooks.example.com'] }, /secret: a secret of at least 16 characters is required/],
    [{ allow: ['https://hooks.example.com'], secret: 'short' }, /requests\.callbacks\.secret/],
    [{ secret: 'whsec_not base64 at all!' }, /expected base64 of at least 16 bytes after whsec_/],
    [{ secret: 'whsec_c2hvcnQgc2hvcnQ=' }, /expected base64 of at least 16 bytes/],
    [
      { allow: ['http://127.0.0.1:9'], secret: SECRET },
      /private address; .*callbacks.allowPrivateNetwork: true/,
    ],
    [
      { allow: ['https://ok.example.com', 'https://localhost'], secret: SECRET },
      /allow.1: it is a private address/,
    ],
    [{ attempts: 0 }, /requests\.callbacks\.attempts/],
    [{ timeout: '2m' }, /at most 60s/],
  ])('refuse %j', (callbacks, message) => {
    expect(problemOf({ enabled: true, callbacks })).toMatch(message);
  });

  it('need requests', () => {
    const callbacks = { allow: ['https://hooks.example.com'], secret: SECRET };
    expect(problemOf({ callbacks })).toMatch(/requests\.enabled: callbacks need requests/);
    expect(problemOf({ enabled: true, callbacks })).toBe('valid');
  });

  it('are shown without secrets, also in a problem', () => {
    const callbacks = { allow: ['https://hooks.example.com'], secret: SECRET };
    const settings = settingsInForce(parseConfig({ requests: { enabled: true, callbacks } }));
    expect(JSON.stringify(settings)).not.toContain(SECRET);
    expect(settings.find(({ path }) => path === 'requests.callbacks.allow')?.value).toEqual(callbacks.allow);
    expect(problemOf({ callbacks: { allow: ['https://me:secret-2@host'] } })).not.toContain('secret-2');
    expect(problemOf({ callbacks: { secret: 'whsec_secret-2-secret-2' } })).not.toContain('secret-2');
  });
});
