/** Tests of 8-bit results, which depend on the processor. */
import { readFileSync } from 'node:fs';
import { arch } from 'node:os';

/** x86 without VNNI adds 8-bit products with overflow; the program then refuses int8, or chooses fp32. */
const addsInt8Exactly = arch() !== 'x64' || /^$|vnni/.test(processor());

/** `it` where 8-bit results are those of the card; skipped elsewhere. */
export const itWithExactInt8 = addsInt8Exactly ? it : it.skip;

/** `it` where 8-bit sums overflow; skipped elsewhere. */
export const itWithoutExactInt8 = addsInt8Exactly ? it.skip : it;

/** Of Linux; empty on other systems. */
function processor(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
