import type { Body, Case, TestRunner } from './suite';

/** Node's built-in test runner, for `brokerContract`. */
export function nodeTestRunner(): TestRunner {
  // Loaded when called, because Jest does not have this module.
  const { describe, it, before, after, beforeEach, afterEach } = process.getBuiltinModule('node:test');
  const define: Case = (name, body, timeout) => void it(name, options(timeout), () => body());
  const skip: Case = (name, body) => void it.skip(name, () => body());
  return {
    describe: (name, body) => void describe(name, body),
    it: Object.assign(define, { skip }),
    beforeAll: (body: Body, timeout) => before(() => body(), options(timeout)),
    afterAll: (body: Body, timeout) => after(() => body(), options(timeout)),
    beforeEach: (body: Body, timeout) => beforeEach(() => body(), options(timeout)),
    afterEach: (body: Body, timeout) => afterEach(() => body(), options(timeout)),
  };
}

function options(timeout: number | undefined): { timeout?: number } {
  return timeout === undefined ? {} : { timeout };
}
