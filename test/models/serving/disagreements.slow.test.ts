import { DisagreementPublisher } from '../../../src/models/serving/disagreements';
import { StreamInferError } from '../../../src/core/errors';
import type { OutgoingMessage } from '../../../src/core/message';
import type { MessageSink } from '../../../src/core/ports';
import { until } from '../../helpers/cli';
import { createGate } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';
import { createRollout, fakeSink } from '../../helpers/services';

const [disagreement] = createRollout('shadow', 2, 1).latest;

function open(publish: (messages: readonly OutgoingMessage[]) => Promise<void>) {
  let sinks = 0;
  let closed = 0;
  const createSink = (): MessageSink => {
    sinks++;
    return { ...fakeSink(publish), close: async () => void closed++ };
  };
  const publisher = new DisagreementPublisher({ createSink, topic: 'disagreements', log: silentLog });
  return { publisher, counts: () => ({ sinks, closed }) };
}

describe('the disagreement publisher', () => {
  it('opens a sink only for the first disagreement', async () => {
    const { publisher, counts } = open(async () => undefined);
    await publisher.close(0);
    expect(counts()).toEqual({ sinks: 0, closed: 0 });
  });

  it('publishes disagreements with the key of the input', async () => {
    const sent: OutgoingMessage[] = [];
    const { publisher, counts } = open(async (messages) => void sent.push(...messages));
    publisher.offer([disagreement!, disagreement!]);
    await until(
      () => sent.length === 2,
      10_000,
      () => 'not published',
    );
    expect(sent[0]?.key).toBe(disagreement!.id);
    expect(JSON.parse(String(sent[0]?.value))).toMatchObject({ serving: { label: 0 }, shadow: { label: 6 } });
    await publisher.close(1_000);
    expect(counts()).toEqual({ sinks: 1, closed: 1 });
  });

  it('retries if the broker does not confirm', async () => {
    let tries = 0;
    const { publisher } = open(async () => {
      if (++tries === 1) throw new StreamInferError('PUBLISH_FAILED', 'away');
    });
    publisher.offer([disagreement!]);
    await until(
      () => tries === 2,
      30_000,
      () => `${tries} tries`,
    );
    await publisher.close(1_000);
  });

  it('limits its queue while the broker is slow, and counts dropped disagreements', async () => {
    const gate = createGate();
    const { publisher } = open(() => gate.promise);
    publisher.offer([disagreement!]);
    publisher.offer(new Array(1_500).fill(disagreement));
    expect(publisher.dropped).toBeGreaterThan(400);
    gate.open();
    await publisher.close(1_000);
  });
});
