import type { BrokerCapabilities, BrokerHarness } from './harness';
import type { World } from './world';

export type Body = () => void | Promise<void>;
/** The last parameter is the time that it may take, ms. */
export type Case = (name: string, body: Body, timeout?: number) => void;

export type Hook = (body: Body, timeout?: number) => void;

/** What a test runner offers; Jest, and Vitest with `globals: true`, have all of it under these very names. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: Case & { readonly skip: Case };
  readonly beforeAll: Hook;
  readonly afterAll: Hook;
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
}

/** What the cases are written with. */
export interface Suite {
  readonly harness: BrokerHarness;
  readonly can: BrokerCapabilities;
  readonly describe: TestRunner['describe'];
  readonly it: Case;
  /** `it` for what a broker can do, else a skipped case. */
  readonly itIf: (supported: boolean) => Case;
  /** Of the test that runs. */
  readonly world: World;
}
