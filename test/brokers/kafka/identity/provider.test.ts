import { fromSdk, loadPackage } from '../../../../src/brokers/kafka/identity/provider';
import { StreamInferError } from '../../../../src/core/errors';

describe('the package of a cloud', () => {
  it('is an error with the command that installs it, if it is missing', async () => {
    const name = 'no-such-package';
    const missing = loadPackage('azure', '@azure/identity', () => import(name));
    await expect(missing).rejects.toMatchObject({
      code: 'DEPENDENCY_MISSING',
      message: expect.stringMatching(
        /kafka\.identity azure needs the package @azure\/identity.*run `npm install @azure\/identity`/,
      ) as unknown,
    });
  });

  it.each([
    [{ message: 'no', statusCode: 400 }, 'IDENTITY_REFUSED'],
    [{ message: 'no', response: { status: 403 } }, 'IDENTITY_REFUSED'],
    [{ message: 'no', $metadata: { httpStatusCode: 403 } }, 'IDENTITY_REFUSED'],
    [{ message: 'slow down', status: 429 }, 'IDENTITY_UNAVAILABLE'],
    [{ message: 'internal', statusCode: 500 }, 'IDENTITY_UNAVAILABLE'],
    [new Error('connect ECONNREFUSED'), 'IDENTITY_UNAVAILABLE'],
    [new Error('no credentials here'), 'IDENTITY_REFUSED'],
    ['a text', 'IDENTITY_UNAVAILABLE'],
  ])('with the failure %j has the code %s', (thrown, code) => {
    expect(fromSdk(thrown, 'a cloud', /no credentials/)).toMatchObject({ code });
  });

  it('with a long text on several lines is shortened, and an error of ours is kept', () => {
    const { message } = fromSdk(new Error(`a\n  b ${'x'.repeat(1_000)}`), 'a cloud', /never/);
    expect(message).toMatch(/^a cloud: a b x{290,300}…$/);
    const own = new StreamInferError('IDENTITY_REFUSED', 'mine');
    expect(fromSdk(own, 'a cloud', /never/)).toBe(own);
  });
});
