import { setTimeout as sleep } from 'node:timers/promises';

import { TokenKeeper } from '../../../../src/brokers/kafka/identity/keeper';
import type { KafkaToken } from '../../../../src/brokers/kafka/identity/settings';
import { StreamInferError } from '../../../../src/core/errors';
import { recordingLog } from '../../../helpers/log';

const HOUR = 3_600_000;
const AWAY = new StreamInferError('IDENTITY_UNAVAILABLE', 'the token server does not respond');

/** A provider that answers each request with the next of these. */
function stage(...answers: (KafkaToken | Error | 'never')[]) {
  const { log, lines } = recordingLog();
  let requests = 0;
  const provider = {
    name: 'a test',
    place: 'https://a/token',
    load: async () => undefined,
    fetch: async (): Promise<KafkaToken> => {
      const answer = answers[Math.min(requests++, answers.length - 1)];
      if (answer === 'never') return await new Promise(() => undefined);
      if (answer instanceof Error) throw answer;
      return answer as KafkaToken;
    },
  };
  const keeper = new TokenKeeper(provider, log, 5);
  return { keeper, lines, requests: () => requests };
}

const token = (value: string, ms = HOUR): KafkaToken => ({ value, expiresAt: Date.now() + ms });

function client() {
  const taken: string[] = [];
  return { taken, take: ({ value }: KafkaToken) => taken.push(value) > 0 };
}

/** Lets pending promises settle. */
const settled = () => sleep(1);

describe('the tokens of all Kafka clients', () => {
  let now = 1e12;
  beforeEach(() => void jest.spyOn(Date, 'now').mockImplementation(() => now));
  afterEach(() => jest.restoreAllMocks());

  it('are one: a single request serves every client, and later ones', async () => {
    const { keeper, requests } = stage(token('a'));
    const [first, second, late] = [client(), client(), client()];
    keeper.serve(first);
    keeper.serve(second);
    await Promise.all([keeper.ready(), keeper.ready()]);
    keeper.serve(late);
    expect([first.taken, second.taken, late.taken, requests()]).toEqual([['a'], ['a'], ['a'], 1]);
    keeper.close();
  });

  it('last long enough to leave a group, also if the token server is unavailable until then', async () => {
    const { keeper } = stage(token('old', 40_000), AWAY, AWAY, token('new'));
    await keeper.ready();
    const idle = new AbortController();
    await keeper.lasting(idle.signal);
    now += 31_000;
    const late = client();
    await keeper.lasting(idle.signal);
    keeper.serve(late);
    expect(late.taken).toEqual(['new']);
    keeper.close();
  });

  it('are not waited for after an abort', async () => {
    const { keeper } = stage(AWAY);
    await keeper.lasting(AbortSignal.timeout(20));
    keeper.close();
  });

  it('are renewed before they expire, for every client that is still there', async () => {
    const { keeper } = stage(token('old', 100), token('new'));
    const [asking, waiting, gone] = [client(), client(), client()];
    for (const one of [asking, waiting, gone]) keeper.serve(one);
    await keeper.ready();
    keeper.leave(gone);
    now += 81;
    keeper.serve(asking);
    await settled();
    expect([asking.taken.at(-1), waiting.taken, gone.taken]).toEqual(['new', ['old', 'new'], ['old']]);
    keeper.close();
  });

  it('stay in use while their server is unavailable, and the reason is known once they expire', async () => {
    const { keeper, lines } = stage(token('old', 100), AWAY);
    await keeper.ready();
    now += 81;
    keeper.serve(client());
    await settled();
    expect(keeper.trouble).toBeUndefined();
    expect(lines).toEqual(['warn kafka identity cannot renew its token; the present one is still valid']);
    now += 20;
    expect(keeper.trouble).toBe(AWAY.message);
    await expect(keeper.ready()).rejects.toBe(AWAY);
    keeper.close();
  });

  it('are requested again with a pause, and the recovery is logged', async () => {
    const { keeper, lines, requests } = stage(AWAY, token('a'));
    const one = client();
    keeper.serve(one);
    await expect(keeper.ready()).rejects.toBe(AWAY);
    await expect(keeper.ready()).rejects.toBe(AWAY);
    expect(requests()).toBe(1);
    while (one.taken.length === 0) await settled();
    expect([one.taken, requests()]).toEqual([['a'], 2]);
    expect(lines).toEqual([
      'warn kafka identity has no token; retrying',
      'info kafka identity has a token again',
    ]);
    keeper.close();
  });

  it('are replaced when a broker refuses them, but at most one time in a while', async () => {
    const { keeper, lines, requests } = stage(token('revoked'), token('signed-anew'));
    const one = client();
    keeper.serve(one);
    await keeper.ready();
    for (let i = 0; i < 3; i++) {
      keeper.onRefused('{"status":"invalid_token"}');
      await settled();
    }
    expect([one.taken, requests()]).toEqual([['revoked', 'signed-anew'], 2]);
    expect(lines).toEqual(['warn kafka refuses the token of its identity; requesting another one']);
    keeper.close();
  });

  it.each([
    ['nothing', undefined, /is unusable, because its value/],
    ['a number', { value: 7, expiresAt: Date.now() + HOUR }, /is unusable, because its value/],
    ['a line break', { value: 'a\nb', expiresAt: Date.now() + HOUR }, /is unusable, because its value/],
    ['a huge one', { value: 'a'.repeat(100_000), expiresAt: Date.now() + HOUR }, /because its value/],
    ['no expiry', { value: 'a' }, /because its expiresAt/],
    ['a wrong extension', { ...token('a'), extensions: { 'a b': 'x' } }, /because the extension "a b"/],
    ['an expired one', { value: 'a', expiresAt: 1 }, /had expired when it arrived; compare the clocks/],
  ])('are checked: %s is an error', async (_, given, message) => {
    const { keeper } = stage(given as KafkaToken);
    await expect(keeper.ready()).rejects.toThrow(message);
    keeper.close();
  });

  it('are given once to a client that asks for them itself', async () => {
    const { keeper } = stage(token('old', 100), token('new'));
    const [admin, other] = [client(), client()];
    await keeper.give(admin);
    keeper.serve(other);
    now += 81;
    keeper.serve(other);
    await settled();
    expect([admin.taken, other.taken.at(-1)]).toEqual([['old'], 'new']);
    await keeper.give(admin);
    expect(admin.taken).toEqual(['old', 'new']);
    keeper.close();
  });

  it('are renewed without being asked, after 70 % of their lifetime', async () => {
    jest.useFakeTimers({ doNotFake: ['Date'] });
    const { keeper } = stage(token('old', 1_000), token('new'));
    const one = client();
    keeper.serve(one);
    await keeper.ready();
    now += 650;
    await jest.advanceTimersByTimeAsync(650);
    expect(one.taken).toEqual(['old']);
    now += 60;
    await jest.advanceTimersByTimeAsync(60);
    expect(one.taken).toEqual(['old', 'new']);
    jest.useRealTimers();
    keeper.close();
  });

  it('that do not arrive are an error with their server, first for the client and then for the request', async () => {
    jest.useFakeTimers({ doNotFake: ['Date'] });
    const { keeper } = stage('never');
    const first = keeper.ready();
    jest.advanceTimersByTime(5_000);
    await expect(first).rejects.toThrow('a test: still waiting for a token from https://a/token');
    const second = keeper.ready();
    jest.advanceTimersByTime(10_000);
    await expect(second).rejects.toThrow(
      /^a test: (no token within 15 s|still waiting .*) from https:\/\/a\/token$/,
    );
    jest.useRealTimers();
    keeper.close();
  });

  it('are no longer requested once the broker is closed', async () => {
    const { keeper, lines } = stage('never');
    const ready = keeper.ready();
    keeper.close();
    await expect(ready).rejects.toMatchObject({ code: 'ABORTED' });
    expect(lines).toEqual([]);
  });
});
