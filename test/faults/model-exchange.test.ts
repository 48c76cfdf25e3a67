/** The process is killed, stopped or flooded with requests during a model swap. */
import { ExchangeStage } from '../helpers/exchange-stage';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { endsWell } from './watch';

jest.setTimeout(600_000);

describeWith(
  ['java', 'maven', 'dataset', 'kafka-addon'],
  'an exchange of the model that is disturbed',
  () => {
    let kafka: KafkaServer;
    let stage: ExchangeStage;
    beforeAll(async () => (kafka = await KafkaServer.create()), 240_000);
    afterAll(() => kafka.close());
    beforeEach(async () => (stage = await ExchangeStage.create(kafka)));
    afterEach(() => stage.close());

    /** Each input has a prediction; a kill may cause duplicates. */
    async function expectNothingLost(): Promise<void> {
      const published = await stage.stream.finish();
      expect(stage.stream.letters).toEqual([]);
      expect(new Set(stage.stream.predictions.map(({ id }) => id)).size).toBe(published);
    }

    /** The stream runs, and version 2 is on its way; `load` ends when the call does, also when that fails. */
    async function startLoading(): Promise<{ readonly load: Promise<unknown> }> {
      await stage.start('explicit');
      await stage.stream.more(1, 100);
      await stage.versions.write(2, 'good');
      const load = stage.call('load').catch(() => undefined);
      await stage.untilState('2 loading');
      return { load };
    }

    it('loses nothing when it is killed during a canary, and restarts with the active version', async () => {
      await stage.start('explicit');
      const { stream, versions } = stage;
      await stream.more(1, 100);
      await versions.write(2, 'good');
      expect(await stage.rollOut({ mode: 'canary', percent: 50 })).toMatchObject({ status: 200 });
      await stream.more(2, 200);
      await stage.running.stop('SIGKILL');
      await stage.startAgain();
      expect(await stage.states()).toEqual(['1 serving', '2 available']);
      await stream.more(1, 300);
      await expectNothingLost();
    });

    it('loses nothing when it is killed while a version is loading', async () => {
      const { load } = await startLoading();
      const { stream } = stage;
      await stage.running.stop('SIGKILL');
      await load;
      await stage.startAgain();
      await stream.more(1, 300);
      await expectNothingLost();
    });

    it('stops within its drain time while a version is loading, with everything settled', async () => {
      const { load } = await startLoading();
      const { stream } = stage;
      expect(await stage.running.stop()).toMatchObject({ code: 0, signal: null });
      await load;
      await stage.startAgain();
      await stream.more(1, 100);
      const published = await stream.finish();
      expect(stream.predictions).toHaveLength(published);
    });

    it('responds to many concurrent calls and continues to serve', async () => {
      await stage.start('explicit');
      const { stream, versions } = stage;
      await stream.more(1, 100);
      await versions.write(2, 'good');
      await versions.write(3, 'good');
      const calls = [
        ...['load', 'versions/2/load', 'versions/3/load', 'unload', 'versions/9/load', 'versions/9/unload'],
        ...['versions/0/load', 'versions/x/load', 'versions/1e9/load', `versions/${'9'.repeat(400)}/load`],
        ...['versions/%2e%2e/load', 'versions/%00/load', 'versions/-1/unload'],
      ];
      const bodies = [
        { mode: 'canary', version: 2, percent: 100 },
        { mode: 'shadow', version: 3 },
        { mode: 'canary', version: 7 },
        { mode: 'canary', version: 1 },
        { mode: 'canary', percent: 0 },
        { mode: 'canary', percent: 1e9 },
        { mode: 'canary', percent: 'NaN' },
        {},
      ];
      const answers = await Promise.all([
        ...[...calls, ...calls, ...calls].map((path) => stage.call(path)),
        ...[...bodies, ...bodies].map((body) => stage.rollOut(body)),
      ]);
      for (const { status, text } of answers) {
        expect([200, 400, 404, 409]).toContain(status);
        expect(text).not.toContain('INTERNAL');
      }
      expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
      expect((await stage.states()).filter((state) => state.endsWith('serving'))).toHaveLength(1);
      await stage.call('versions/1/load');
      await stream.more(1, 200);
      const published = await stream.finish();
      expect(stream.predictions).toHaveLength(published);
      await endsWell(stage.running);
    });
  },
);
