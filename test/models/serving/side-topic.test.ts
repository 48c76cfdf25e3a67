import { SideTopic } from '../../../src/models/serving/side-topic';
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
  const side = new SideTopic({ createSink, topic: 'disagreements', log: silentLog });
  return { side, counts: () => ({ sinks, closed }) };
}

describe('the side topic', () => {
  it('opens a sink only when there is something to publish', async () => {
    const { side, counts } = open(async () => undefined);
    await side.close(0);
    expect(counts()).toEqual({ sinks: 0, closed: 0 });
  });

  it('publishes what is offered, keyed as the input', async () => {
    const sent: OutgoingMessage[] = [];
    const { side, counts } = open(async (messages) => void sent.push(...messages));
    side.offer([disagreement!, disagreement!]);
    await until(
      () => sent.length === 2,
      10_000,
      () => 'not published',
    );
    expect(sent[0]?.key).toBe(disagreement!.id);
    expect(JSON.parse(String(sent[0]?.value))).toMatchObject({ serving: { label: 0 }, shadow: { label: 6 } });
    await side.close(1_000);
    expect(counts()).toEqual({ sinks: 1, closed: 1 });
  });

  it('tries again when the broker does not confirm', async () => {
    let tries = 0;
    const { side } = open(async () => {
      if (++tries === 1) throw new StreamInferError('PUBLISH_FAILED', 'away');
    });
    side.offer([disagreement!]);
    await until(
      () => tries === 2,
      30_000,
      () => `${tries} tries`,
    );
    await side.close(1_000);
  });

  it('keeps a bounded number while the broker is slow, and counts the rest', async () => {
    const gate = createGate();
    const { side } = open(() => gate.promise);
    side.offer([disagreement!]);
    side.offer(new Array(1_500).fill(disagreement));
    expect(side.shed).toBeGreaterThan(400);
    gate.open();
    await side.close(1_000);
  });
});
