import { StreamInferError } from '../../../src/core/errors';
import { Supervisor } from '../../../src/brokers/kafka/supervisor';
import { Reach } from '../../../src/brokers/reach';
import { recordingLog } from '../../helpers/log';

/** A supervisor whose clients live until `fail` is called. */
function supervise() {
  const { log, lines } = recordingLog();
  const reach = new Reach('Kafka', log);
  let fail: (error: Error) => void = () => undefined;
  let clients = 0;
  const supervisor = new Supervisor({
    ...{ name: 'kafka source', otherwise: 'SOURCE_LOST', log, reach },
    live: async (onUp, signal) => {
      clients++;
      onUp();
      await new Promise<void>((resolve, reject) => {
        fail = reject;
        signal.addEventListener('abort', () => resolve());
      });
    },
  });
  const lose = async (): Promise<void> => {
    const before = clients;
    fail(new StreamInferError('SOURCE_LOST', 'Local: Fatal error'));
    while (clients === before) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return { supervisor, reach, lines, lose };
}

it('warns of a lost client, but not of one that an outage has just cost', async () => {
  const { supervisor, reach, lines, lose } = supervise();
  await supervisor.open(AbortSignal.timeout(5_000));
  await lose();
  expect(lines).toEqual(['warn kafka source lost its connection; retrying', 'info kafka source reconnected']);
  const before = lines.length;
  reach.lost(supervisor, 'refused');
  reach.answered(supervisor);
  await lose();
  expect(supervisor.state).toEqual({ state: 'up' });
  expect(lines.slice(before)).toEqual([
    'warn Kafka does not answer; retrying',
    'info kafka source: new client after the outage',
  ]);
  await supervisor.close();
  expect(lines.at(-1)).toBe('info Kafka answers again');
});
