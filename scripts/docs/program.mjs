// Loads modules of the built program.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

export function built(root, module) {
  return require(join(root, 'dist', module));
}

/** Stands for services that are only called once the program runs: any property is it again, and so is any call. */
export function stub() {
  const anything = new Proxy(() => undefined, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => '' : anything),
    apply: () => anything,
  });
  return anything;
}
