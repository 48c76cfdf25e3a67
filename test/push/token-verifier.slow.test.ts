import { TokenVerifier } from '../../src/push/token-verifier';
import { claimsProblem } from '../../src/push/token';
import { createKey, signToken } from '../helpers/oidc-issuer';

const AUDIENCE = 'https://stream-infer-1.europe-west1.run.app/pubsub/push';
const EMAIL = 'pusher@my-project.iam.gserviceaccount.com';
const ISSUER = 'https://accounts.google.com';
const [KEY, OTHER_KEY] = [createKey('1'), createKey('1')];
const PEM = KEY.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const OPTIONS = { audiences: [AUDIENCE], serviceAccounts: [EMAIL], issuer: ISSUER };

function claims(changes: object = {}) {
  const now = Math.floor(Date.now() / 1_000);
  const usual = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: now,
    exp: now + 3_600,
    email: EMAIL,
    email_verified: true,
  };
  return { ...usual, ...changes };
}

function verify(token: string, verifiedBy: 'stream-infer' | 'cloud-run' = 'stream-infer'): Promise<void> {
  const keys = { get: async (id: string) => (id === KEY.id ? PEM : undefined) };
  return new TokenVerifier({ ...OPTIONS, verifiedBy }, keys).verify(`Bearer ${token}`);
}

const refusal = (message: string) => ({
  code: 'UNAUTHORIZED',
  message: expect.stringContaining(message) as string,
});

describe('the OIDC token of a push', () => {
  it('is accepted with the audience, the account and a signature of the issuer', async () => {
    await verify(signToken(claims(), KEY));
    await verify(signToken(claims({ iss: 'accounts.google.com', email: EMAIL.toUpperCase() }), KEY));
  });

  it.each([
    ['its audience', { aud: 'https://another.run.app' }],
    ['its issuer', { iss: 'https://accounts.example.com' }],
    ['its account', { email: 'someone@another-project.iam.gserviceaccount.com' }],
    ['its account', { email_verified: false }],
    ['it has expired', { iat: 1, exp: 3_600 }],
    ['it was issued in the future', { iat: 4e9, exp: 4e9 + 60 }],
    ['not an OIDC token', { email: undefined }],
    ['not an OIDC token', { aud: [AUDIENCE] }],
  ])('is refused and says why: %s', async (reason, changes) => {
    await expect(verify(signToken(claims(changes), KEY))).rejects.toMatchObject(refusal(reason));
  });

  it('is refused with a foreign signature, an unknown key, another algorithm or changed claims', async () => {
    const good = signToken(claims(), KEY);
    const [head = '', , signature = ''] = good.split('.');
    const changed = Buffer.from(JSON.stringify(claims({ sub: 'x' }))).toString('base64url');
    const token = (header: object) => signToken(claims(), KEY, header);
    await expect(verify(signToken(claims(), OTHER_KEY))).rejects.toMatchObject(refusal('signature'));
    await expect(verify([head, changed, signature].join('.'))).rejects.toMatchObject(refusal('signature'));
    await expect(verify(token({ alg: 'RS256', kid: '2' }))).rejects.toMatchObject(refusal('a key'));
    for (const alg of ['none', 'HS256', 'ES256'])
      await expect(verify(token({ alg, kid: '1' }))).rejects.toMatchObject(refusal('RS256'));
    await expect(verify(token({ alg: 'RS256', kid: '__proto__' }))).rejects.toMatchObject(refusal('a key'));
  });

  it('may have a removed signature only on Cloud Run, which verified it', async () => {
    const [head, body] = signToken(claims(), KEY).split('.');
    const removed = `${head}.${body}.SIGNATURE_REMOVED_BY_GOOGLE`;
    await expect(verify(removed)).rejects.toMatchObject(refusal('verifiedBy: cloud-run'));
    await verify(removed, 'cloud-run');
    await expect(verify(signToken(claims(), OTHER_KEY), 'cloud-run')).rejects.toMatchObject(
      refusal('signature'),
    );
    const foreign = signToken(claims({ email: 'x@y.z' }), KEY).split('.');
    await expect(
      verify(`${foreign[0]}.${foreign[1]}.SIGNATURE_REMOVED_BY_GOOGLE`, 'cloud-run'),
    ).rejects.toMatchObject(refusal('its account'));
  });

  it.each(['', 'x', 'a.b', 'a.b.c', 'a.b.c.d', `${'a'.repeat(9_000)}.b.c`, 'bnVsbA.bnVsbA.x'])(
    'is refused if it is not one: %.20s',
    async (token) => {
      await expect(verify(token)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    },
  );

  it('is never part of an error', async () => {
    const token = signToken(claims(), OTHER_KEY);
    const error: unknown = await verify(token).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain(token.slice(0, 20));
  });

  it('tolerates clocks that differ by less than five minutes', () => {
    const token = claims();
    expect(claimsProblem(token, OPTIONS, token.exp + 299)).toBeUndefined();
    expect(claimsProblem(token, OPTIONS, token.exp + 301)).toBe('it has expired');
    expect(claimsProblem(token, OPTIONS, token.iat - 299)).toBeUndefined();
  });
});
