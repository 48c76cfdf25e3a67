import { administrationCases } from './cases/administration';
import { standaloneReaderCases } from './cases/standalone-reader';
import { messageCases } from './cases/messages';
import { openingCases } from './cases/opening';
import { receivingCases } from './cases/receiving';
import { restartCases } from './cases/restart';
import { settlingCases } from './cases/settling';
import type { BrokerHarness } from './harness';
import { PATIENCE } from './helpers';
import type { Suite, TestRunner } from './suite';
import { createWorld, type World } from './world';

/**
 * The contract of every broker adapter, as tests against the ports. Call it in a test file with a harness for the adapter.
 * It defines one test per guarantee, and skips tests for capabilities that the harness does not declare.
 *
 * @param runner the globals of the test runner if absent (Jest, or Vitest with `globals: true`)
 */
export function brokerContract(
  harness: BrokerHarness,
  runner: TestRunner = globalThis as unknown as TestRunner,
): void {
  const { describe, it, beforeAll, afterAll, beforeEach, afterEach } = runner;
  let world: World | undefined;
  const suite: Suite = {
    harness,
    can: harness.capabilities,
    describe,
    it,
    itIf: (supported) => (supported ? it : it.skip),
    get world() {
      if (world === undefined) throw new Error('world is only available inside a test');
      return world;
    },
  };

  describe(`the ${harness.name} broker`, () => {
    // A harness may have to build its broker first, which takes time.
    beforeAll(() => harness.start(), 8 * PATIENCE);
    afterAll(() => harness.stop(), PATIENCE);
    beforeEach(async () => {
      world = await createWorld(harness);
    }, PATIENCE);
    afterEach(async () => {
      await world?.close();
      world = undefined;
    }, PATIENCE);

    openingCases(suite);
    messageCases(suite);
    settlingCases(suite);
    receivingCases(suite);
    standaloneReaderCases(suite);
    administrationCases(suite);
    restartCases(suite);
  });
}
