import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Collects garbage now and lets finalizers run. */
export async function collectGarbage(): Promise<void> {
  collect();
  await turnOfTheLoop();
}
