import { PushEndpoint } from '../../src/push/endpoint';
import { PushSource } from '../../src/push/source';
import { SILENT_LOG } from '../helpers/services';

const NEVER = new AbortController().signal;

function createEndpoint(refusal: () => string | null = () => null) {
  const source = new PushSource();
  const limits = { messages: 2, bytes: 100 };
  const endpoint = new PushEndpoint({
    source,
    verifier: null,
    topic: 'images',
    limits,
    refusal,
    log: SILENT_LOG,
  });
  return { source, endpoint };
}

describe('the endpoint of pushed messages', () => {
  it('takes no more messages and bytes than may be in flight', () => {
    const { endpoint } = createEndpoint();
    const first = endpoint.admit(60);
    expect(() => endpoint.admit(60)).toThrow(expect.objectContaining({ code: 'OVERLOADED' }) as Error);
    const second = endpoint.admit(40);
    expect(() => endpoint.admit(0)).toThrow('too many messages');
    first();
    first();
    endpoint.admit(60);
    second();
    expect(() => endpoint.admit(41)).toThrow('too many messages');
  });

  it('takes a message above the limit while nothing else is in flight', () => {
    const { endpoint } = createEndpoint();
    const release = endpoint.admit(1_000);
    expect(() => endpoint.admit(1)).toThrow('too many messages');
    release();
    endpoint.admit(1)();
  });

  it('refuses messages before their bodies while there is a reason', () => {
    const { endpoint } = createEndpoint(() => 'broker is not confirming predictions');
    expect(() => endpoint.admit(1)).toThrow(
      expect.objectContaining({
        code: 'NOT_READY',
        message: 'no message can be taken now: broker is not confirming predictions',
      }) as Error,
    );
  });

  it('refuses messages while an operator pauses the stream, and returns the waiting ones', async () => {
    const { source, endpoint } = createEndpoint();
    const waiting = endpoint.deliver({}, Buffer.from('image'), NEVER);
    source.pausing.pause();
    await expect(waiting).rejects.toThrow('an operator paused the stream');
    expect(() => endpoint.admit(1)).toThrow('an operator paused the stream');
    source.pausing.resume();
    endpoint.admit(1)();
  });

  it('says that a message has to be pushed again when the process stops', async () => {
    const { source, endpoint } = createEndpoint();
    const delivered = endpoint.deliver({}, Buffer.from('image'), NEVER);
    source.stop();
    await expect(delivered).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});
