import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { isStreamInferError } from '../core/errors';
import type { Delivery, OutgoingMessage } from '../core/message';
import type { MessageSource } from '../core/ports';

/** Timeout of a condition, ms. */
export const PATIENCE = 30_000;
/** Timeout of deliveries, ms: a source may need half a minute to detect that its client does not read a partition. */
const ARRIVAL = 45_000;
/** Time without a delivery that counts as none, ms. */
export const QUIET = 600;

export function open(source: MessageSource): Promise<void> {
  return source.open(AbortSignal.timeout(PATIENCE));
}

/** At least `count` unsettled deliveries; more only if they arrived together with the last one. */
export async function take(source: MessageSource, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const signal = AbortSignal.timeout(ARRIVAL);
  while (deliveries.length < count) {
    if (signal.aborted)
      throw new Error(`${deliveries.length} of ${count} deliveries arrived within ${ARRIVAL} ms`);
    deliveries.push(...(await source.receive(1_000, signal)));
  }
  return deliveries;
}

export async function expectNothing(source: MessageSource, ms = QUIET): Promise<void> {
  const signal = AbortSignal.timeout(ms);
  while (!signal.aborted) assert.deepEqual(valuesOf(await source.receive(1_000, signal)), []);
}

export async function until(condition: () => boolean | Promise<boolean>, ms = PATIENCE): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not true after ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => undefined, identity);
  return isStreamInferError(error) ? error.code : `not one of our errors: ${String(error)}`;
}

export function identity(value: unknown): unknown {
  return value;
}

export function message(value: string): OutgoingMessage {
  return { key: null, value: Buffer.from(value), headers: [] };
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

export function valuesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map((delivery) => String(delivery.value));
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}
