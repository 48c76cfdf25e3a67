import { createRequire } from 'node:module';
import type { LRParser } from '@lezer/lr';

/** Its types are for an ES module, although it has a CommonJS build. */
const { parser } = createRequire(__filename)('@prometheus-io/lezer-promql') as { parser: LRParser };

export interface ReadExpression {
  /** Names of the metrics that it selects. */
  readonly metrics: readonly string[];
  /** Names of labels that it matches or groups by. */
  readonly labels: readonly string[];
  /** Position of a syntax error. */
  readonly mistakes: readonly string[];
}

/** Parses a PromQL expression with Prometheus's grammar, after replacing Grafana's variables. */
export function readPromql(expression: string): ReadExpression {
  const text = expression.replaceAll('$__rate_interval', '1m');
  const found = { metrics: [] as string[], labels: [] as string[], mistakes: [] as string[] };
  parser.parse(text).iterate({
    enter: ({ type, from, to, node }) => {
      const part = text.slice(from, to);
      if (type.isError) found.mistakes.push(`${part || 'something missing'} at ${from} of ${text}`);
      else if (type.name === 'Identifier' && node.parent?.type.name === 'VectorSelector')
        found.metrics.push(part);
      else if (type.name === 'LabelName') found.labels.push(part);
    },
  });
  return found;
}
