// docs/reference/metrics.md, from the registry that /metrics is made of.
import { code, page, table } from './markdown.mjs';
import { built, stub } from './program.mjs';

const INTRODUCTION = `\`GET /metrics\` serves them in Prometheus's text format: times in seconds, sizes in bytes.
The \`latency_goal_…\` metrics exist only with \`--target-p99\`, and the \`cache_…\` metrics only with \`cache.entries\`. Node's default metrics (\`process_…\`, \`nodejs_…\`) are there, too.`;

export function metricsPage(root) {
  const { Metrics } = built(root, 'telemetry/metrics/metrics.js');
  const metrics = new Metrics({
    version: '',
    broker: 'memory',
    topic: 'images',
    parts: stub(),
    results: stub(),
    services: stub(),
  });
  const own = metrics.describe().filter(({ name }) => name.startsWith('stream_infer_'));
  const rows = own.map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels.map(code).join(', '),
    help,
  ]);
  return page('Metrics', INTRODUCTION, [
    table(
      ['metric', 'type', 'labels', 'meaning'],
      rows.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  ]);
}
