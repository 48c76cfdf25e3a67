import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createTestMetrics } from '../helpers/metrics';
import { readPromql } from '../helpers/promql';
import { createOutcome } from '../helpers/services';

interface Target {
  readonly expr: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly w: number };
  readonly targets?: readonly Target[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}
interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const CONFIG = join(__dirname, '../../config');
const dashboard = JSON.parse(readFileSync(join(CONFIG, 'grafana/stream-infer.json'), 'utf8')) as Dashboard;
const { groups } = parse(readFileSync(join(CONFIG, 'prometheus/rules.yaml'), 'utf8')) as {
  groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

const drawn = dashboard.panels.flatMap((panel) =>
  (panel.targets ?? []).map(({ expr }): [string, string] => [panel.title, expr]),
);
const ruled = rules.map(({ alert, record, expr }): [string, string] => [alert ?? record ?? '', expr]);

/** Added by Prometheus when it scrapes. */
const SCRAPED_LABELS = ['job', 'instance'];

/** Every metric that a process has, with the labels that it really carries. */
async function existingMetrics(): Promise<Map<string, Set<string>>> {
  const { metrics } = createTestMetrics();
  const { delivery } = createOutcome();
  const rejection = { code: 'CORRUPT', message: '', stage: 'decode', attempts: 1 } as const;
  metrics.onOutcomes([createOutcome(), { kind: 'dead letter', delivery, rejection }], 1);
  const known = new Map<string, Set<string>>();
  for (const line of (await metrics.toText()).split('\n')) {
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const names = [...labels.matchAll(/(\w+)="/g)].map((match) => match[1] as string);
    known.set(name, new Set([...(known.get(name) ?? []), ...names]));
  }
  return known;
}

describe.each([
  ['the dashboard', drawn],
  ['the rules', ruled],
])('%s', (_what, expressions) => {
  it('has expressions that Prometheus can read', () => {
    expect(expressions.length).toBeGreaterThan(10);
    expect(expressions.flatMap(([, expression]) => readPromql(expression).mistakes)).toEqual([]);
  });

  it('asks for metrics and labels that exist', async () => {
    const known = await existingMetrics();
    const unknown = expressions.flatMap(([title, expression]) => {
      const { metrics, labels } = readPromql(expression);
      const carried = new Set([
        ...SCRAPED_LABELS,
        ...metrics.flatMap((name) => [...(known.get(name) ?? [])]),
      ]);
      return [
        ...metrics.filter((name) => !known.has(name)),
        ...labels.filter((name) => !carried.has(name)),
      ].map((name) => `${title}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('shows every metric of stream-infer', async () => {
    const shown = new Set(drawn.flatMap(([, expression]) => readPromql(expression).metrics));
    const own = [...(await existingMetrics()).keys()].filter((name) => name.startsWith('stream_infer_'));
    const series = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
    const families = new Set([...shown].map(series));
    // How many workers there are is in their utilisation already.
    const hidden = own.map(series).filter((name) => !families.has(name) && name !== 'stream_infer_workers');
    expect([...new Set(hidden)]).toEqual([]);
  });

  it('has panels with a number each that fit into its width', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([]);
    expect(panels.filter(({ type, targets }) => type !== 'row' && (targets ?? []).length === 0)).toEqual([]);
  });
});

describe('the alerts', () => {
  it('have a summary and an action', () => {
    for (const { alert, annotations } of rules.filter((rule) => rule.alert !== undefined)) {
      expect([alert, Object.keys(annotations ?? {})]).toEqual([alert, ['summary', 'action']]);
    }
  });
});

describe('reading an expression', () => {
  it('finds its metrics, its labels and its mistakes', () => {
    expect(readPromql('sum by (class) (rate(a_total{job="x"}[$__rate_interval])) / b')).toEqual({
      metrics: ['a_total', 'b'],
      labels: ['class', 'job'],
      mistakes: [],
    });
    expect(readPromql('sum(rate(a_total[5m])').mistakes).not.toEqual([]);
  });
});
