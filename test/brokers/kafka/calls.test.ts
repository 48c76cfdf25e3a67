import { boundedCall, hungCallOf } from '../../../src/brokers/kafka/calls';

describe('a call of the Kafka client', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('gives what came back, or its error', async () => {
    const client = {};
    await expect(boundedCall([client], 'ask', 10, (done) => done(null, 7))).resolves.toBe(7);
    const error = { code: -195, message: 'transport' };
    await expect(boundedCall([client], 'ask', 10, (done) => done(error as never, 0))).rejects.toBe(error);
    await expect(
      boundedCall([client], 'ask', 10, () => {
        throw new Error('not connected');
      }),
    ).rejects.toThrow('not connected');
    expect(hungCallOf(client)).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('times out without a result, and its clients count as in use until it returns', async () => {
    const [producer, consumer] = [{}, {}];
    let answer: (() => void) | undefined;
    const call = boundedCall([producer, consumer], 'sendOffsets', 5_000, (done) => {
      answer = () => done(null, undefined);
    });
    const given = expect(call).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retryable: true,
      message: "Kafka's client did not return from sendOffsets within 8 s",
    });
    await jest.advanceTimersByTimeAsync(8_000);
    expect(hungCallOf(producer)).toBeUndefined();
    await jest.advanceTimersByTimeAsync(500);
    await given;
    for (const client of [producer, consumer]) {
      const hung = hungCallOf(client);
      answer?.();
      await expect(hung).resolves.toBeUndefined();
    }
  });
});
