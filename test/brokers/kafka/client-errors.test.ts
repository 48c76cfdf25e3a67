import { ClientErrors } from '../../../src/brokers/kafka/client-errors';
import { recordingLog } from '../../helpers/log';

describe('errors that the Kafka client reports', () => {
  it.each([
    [23, /uses a different assignment strategy/],
    [26, /session\.timeout\.ms is outside/],
    [81, /group\.max\.size/],
    [-147, /max\.poll\.interval\.ms/],
    [4711, /kafka consumer error/],
  ])('are loud, with what to do where that is known: %d', (code, text) => {
    const { log, lines } = recordingLog();
    const errors = new ClientErrors(log);
    for (let i = 0; i < 3; i++) errors.note({ code, message: 'odd' });
    const loud = lines.filter((line) => line.startsWith('warn '));
    expect(loud).toEqual([expect.stringMatching(text)]);
    expect(errors.reason).toContain(`odd (${code})`);
    expect([...errors.counts]).toEqual([[String(code), 3]]);
    errors.clear();
    expect(errors.reason).toBeUndefined();
  });

  it('mean what is known of the one that came', () => {
    const { log, lines } = recordingLog();
    const errors = new ClientErrors(log);
    errors.count({ code: -170, message: 'Not implemented' });
    expect(errors.reason).toBeUndefined();
    errors.note({ code: -170, message: 'Not implemented' }, 'partition 3 stops at offset 7');
    expect(lines).toEqual([
      expect.stringMatching(/^debug /),
      expect.stringMatching(/^debug /),
      'warn partition 3 stops at offset 7',
    ]);
    expect(errors.reason).toBe('Not implemented (-170): partition 3 stops at offset 7.');
    expect([...errors.counts]).toEqual([['-170', 2]]);
  });

  it.each([-195, -187, 15, 27, 3])('are only counted when they are reported elsewhere: %d', (code) => {
    const { log, lines } = recordingLog();
    const errors = new ClientErrors(log);
    errors.note({ code, message: 'usual' });
    expect(lines).toEqual([expect.stringMatching(/^debug /)]);
    expect(errors.reason).toBeUndefined();
    expect([...errors.counts]).toEqual([[String(code), 1]]);
  });
});
