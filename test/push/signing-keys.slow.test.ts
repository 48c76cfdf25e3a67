import { SigningKeys } from '../../src/push/signing-keys';
import { createKey, OidcIssuer } from '../helpers/oidc-issuer';

const [OLD, NEW] = [createKey('old'), createKey('new')];

describe('the signing keys of an issuer', () => {
  const issuer = new OidcIssuer();
  let now = 0;
  let keys: SigningKeys;

  beforeAll(() => issuer.start());
  afterAll(() => issuer.stop());
  beforeEach(() => {
    Object.assign(issuer, { keys: [OLD], requests: 0, isDown: false, discovery: undefined });
    now = 0;
    keys = new SigningKeys(issuer.address, () => now);
  });

  it('are read once for all tokens, by discovery', async () => {
    const found = await Promise.all([keys.get('old'), keys.get('old'), keys.get('old')]);
    const pem = OLD.publicKey.export({ type: 'spki', format: 'pem' });
    expect(found).toEqual([pem, pem, pem]);
    expect(issuer.requests).toBe(2);
  });

  it('are read again for a new key, but not for each token that invents one', async () => {
    await keys.get('old');
    issuer.keys = [OLD, NEW];
    expect(await keys.get('new')).toBeUndefined();
    now += 10_000;
    expect(await keys.get('new')).toBeDefined();
    for (let i = 0; i < 20; i++) expect(await keys.get(`invented ${i}`)).toBeUndefined();
    expect(issuer.requests).toBe(4);
  });

  it('stay valid while the issuer is away, and are read again when they are old', async () => {
    await keys.get('old');
    issuer.isDown = true;
    now += 3_600_001;
    expect(await keys.get('old')).toBeDefined();
    issuer.isDown = false;
    issuer.keys = [NEW];
    now += 10_000;
    expect(await keys.get('old')).toBeUndefined();
  });

  it('say why they cannot be read, and are found later', async () => {
    issuer.isDown = true;
    await expect(keys.get('old')).rejects.toMatchObject({
      code: 'NOT_READY',
      message: expect.stringContaining('HTTP 503') as string,
    });
    await expect(keys.get('old')).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(issuer.requests).toBe(1);
    issuer.isDown = false;
    now += 10_000;
    expect(await keys.get('old')).toBeDefined();
  });

  it.each([
    ['is for another issuer', { issuer: 'http://127.0.0.1:1', jwks_uri: 'http://127.0.0.1:1/certs' }],
    ['has no address of the keys', { issuer: 'x' }],
    ['is too large', { issuer: 'x'.repeat(300_000) }],
  ])('are not read when the discovery document %s', async (_, discovery) => {
    issuer.discovery = discovery;
    await expect(keys.get('old')).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});
