import { Outage, THREAD_DIED } from '../../../src/results/store/outage';
import { SILENT_LOG } from '../../helpers/services';

it('reports the predictions that were dropped in this outage, not those of earlier ones', () => {
  let dropped = 0;
  const info = jest.fn();
  const outage = new Outage('file.db', { ...SILENT_LOG, info }, () => dropped);
  for (const lost of [630, 0, 7]) {
    outage.begin(THREAD_DIED, false);
    dropped += lost;
    outage.begin(THREAD_DIED, false);
    outage.end();
    outage.end();
  }
  expect(info.mock.calls.map(([about]: [unknown]) => about)).toEqual(
    [630, 0, 7].map((lost) => ({ path: 'file.db', dropped: lost })),
  );
});
