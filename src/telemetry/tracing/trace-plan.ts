export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** Tracing settings of the environment. `refused`: the requested settings are not supported. */
export type TracePlan =
  | { readonly kind: 'off' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'on'; readonly protocol: OtlpProtocol; readonly origin: string };

/**
 * Reads the variables that decide whether and how traces are sent; the SDK reads all others (samplers, limits,
 * headers, certificates and more) itself. An empty variable counts as unset.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTracePlan(env: NodeJS.ProcessEnv): TracePlan {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint || env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return { kind: 'off' };
  const exporters = (env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').map((name) => name.trim());
  if (exporters.includes('none')) return { kind: 'off' };
  if (!exporters.includes('otlp'))
    return refused(`OTEL_TRACES_EXPORTER is ${exporters.join(',')}; use otlp or none`);
  const wanted =
    env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || OTLP_PROTOCOLS[0];
  const protocol = OTLP_PROTOCOLS.find((known) => known === wanted);
  if (protocol === undefined)
    return refused(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${wanted}; use ${OTLP_PROTOCOLS.join(' and ')} (both on port 4318 of a collector)`,
    );
  const origin = originOf(endpoint);
  if (origin === undefined)
    return refused('OTEL_EXPORTER_OTLP_ENDPOINT is not an http:// or https:// address');
  return { kind: 'on', protocol, origin };
}

function refused(reason: string): TracePlan {
  return { kind: 'refused', reason };
}

/** Without the parts of an address that may be secret. */
function originOf(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { protocol, origin } = new URL(endpoint);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}
