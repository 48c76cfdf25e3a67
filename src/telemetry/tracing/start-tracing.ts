import { messageOf } from '../../core/errors';
import type * as openTelemetry from './open-telemetry';
import { readTracePlan } from './trace-plan';
import { NO_TRACING, type Tracing, type TracingOptions } from './tracing';

/**
 * Tracing as configured by the `OTEL_…` variables. OpenTelemetry is loaded only if they enable it. Never rejects:
 * images are processed without traces.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { env, log } = options;
  const plan = readTracePlan(env);
  if (plan.kind === 'off') return NO_TRACING;
  if (plan.kind === 'refused') {
    log.warn({ reason: plan.reason }, 'tracing is off');
    return NO_TRACING;
  }
  try {
    // By `require`, since `import()` in CommonJS would want the names of the compiled files.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
    const { createTracing } = require('./open-telemetry') as typeof openTelemetry;
    const tracing = await createTracing({ ...options, protocol: plan.protocol });
    log.info({ endpoint: plan.origin, protocol: plan.protocol }, 'tracing is on');
    return tracing;
  } catch (error) {
    log.warn(
      { error: messageOf(error) },
      'tracing is off: its packages cannot be loaded; the command `doctor` prints the fix',
    );
    return NO_TRACING;
  }
}
