import type { BrokerCapabilities, BrokerHarness } from './harness';
import type { World } from './world';

export type Body = () => void | Promise<void>;
/** The last parameter is the timeout, ms. */
export type Case = (name: string, body: Body, timeout?: number) => void;

export type Hook = (body: Body, timeout?: number) => void;

/** Functions of a test runner, with the names of Jest, and of Vitest with `globals: true`. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: Case & { readonly skip: Case };
  readonly beforeAll: Hook;
  readonly afterAll: Hook;
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
}

/** Tools for the test cases. */
export interface Suite {
  readonly harness: BrokerHarness;
  readonly can: BrokerCapabilities;
  readonly describe: TestRunner['describe'];
  readonly it: Case;
  /** `it` if the capability is supported, otherwise a skipped case. */
  readonly itIf: (supported: boolean) => Case;
  /** World of the running test. */
  readonly world: World;
}
