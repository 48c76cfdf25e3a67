import { longestDelay } from '../helpers/loop-delay';

/** For which a reader may hold the event loop, ms. */
export const LONGEST_HOLD = 1_000;

/** The longest time for which `work` held the event loop, ms; less where other programs had the processor meanwhile. */
export async function heldFor(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  const longest = await longestDelay(work);
  const { user, system } = process.cpuUsage(before);
  return Math.min(longest, (user + system) / 1_000);
}
