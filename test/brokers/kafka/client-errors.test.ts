import { ClientErrors } from '../../../src/brokers/kafka/client-errors';
import { recordingLog } from '../../helpers/log';

describe('errors that the Kafka client reports', () => {
  it.each([
    [-170, /zstd/],
    [23, /assigns partitions in another way/],
    [26, /session\.timeout\.ms is outside/],
    [81, /group\.max\.size/],
    [-147, /max\.poll\.interval\.ms/],
    [4711, /kafka consumer error/],
  ])('are loud, with what to do where that is known: %d', (code, text) => {
    const { log, lines } = recordingLog();
    const errors = new ClientErrors(log);
    for (let i = 0; i < 3; i++) errors.note({ code, message: 'odd' });
    expect(lines).toEqual([expect.stringMatching(text)]);
    expect(lines[0]).toMatch(/^warn /);
    expect(errors.reason).toContain(`odd (${code})`);
    expect([...errors.counts]).toEqual([[String(code), 3]]);
    errors.clear();
    expect(errors.reason).toBeUndefined();
  });

  it.each([-195, -187, 15, 27, 3])('are counted and no more when they are told elsewhere: %d', (code) => {
    const { log, lines } = recordingLog();
    const errors = new ClientErrors(log);
    errors.note({ code, message: 'usual' });
    expect(lines).toEqual([expect.stringMatching(/^debug /)]);
    expect(errors.reason).toBeUndefined();
    expect([...errors.counts]).toEqual([[String(code), 1]]);
  });
});
