import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load';

function write(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-rules-')), 'rules.yaml');
  writeFileSync(file, text);
  return file;
}

function refusal(text: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    loadConfig({ file: write(text), env });
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
  throw new Error('a mistake was expected');
}

describe('rules in the configuration', () => {
  it('are read with classes as numbers and times in ms, one of each kind', () => {
    const file = write(`
alerts:
  - { name: bags, kind: label, labels: [Bag, 9], minConfidence: 0.9, severity: info, alert: true }
  - { name: unsure, kind: low-confidence, maxConfidence: 0.5, count: 20, window: 60s, severity: warning, alert: true }
  - { name: mistakes, kind: wrong, cooldown: 5m }
  - { name: shirts, kind: rate, label: shirt, moreThan: 100, window: 10s }
  - { name: rubbish, kind: dead-letters, moreThan: 5, codes: [CORRUPT] }
  - { name: drift, kind: drift, above: 0.2 }
`);
    const { alerts } = loadConfig({ file, env: {} }).config;
    expect(alerts).toMatchObject([
      { kind: 'label', labels: [8, 9], minConfidence: 0.9, alert: true, cooldown: 60_000, remind: 3_600_000 },
      { kind: 'low-confidence', count: 20, window: 60_000 },
      { kind: 'wrong', count: 1, alert: false, severity: 'warning', cooldown: 300_000 },
      { kind: 'rate', label: 6, moreThan: 100, window: 10_000 },
      { kind: 'dead-letters', codes: ['CORRUPT'] },
      { kind: 'drift', above: 0.2, samples: 1_000 },
    ]);
  });

  it('come from the environment as JSON, too', () => {
    const env = { STREAM_INFER_ALERTS: '[{"name": "bags", "kind": "label", "labels": ["Bag"]}]' };
    expect(loadConfig({ env }).config.alerts).toMatchObject([{ name: 'bags', labels: [8] }]);
  });

  it.each([
    [
      'an unknown class',
      'labels: [Bag, Hat]',
      /alerts\.1\.labels\.1: there is no such class.*"Hat".*line 4\)/s,
    ],
    ['a mistyped class', 'labels: [Sneakr]', /did you mean Sneaker\?.*line 4/],
    ['a confidence that cannot be', 'labels: [0], minConfidence: 1.2', /alerts\.1\.minConfidence.*line 4/],
    ['no class at all', 'labels: []', /alerts\.1\.labels: name at least one class.*line 4/],
    [
      'a mistyped setting',
      'lables: [0], labels: [1]',
      /alerts\.1\.lables: unknown setting; did you mean alerts\.1\.labels\?.*line 4/,
    ],
    [
      'a class that another rule has',
      'labels: [Coat, Bag]',
      /alerts\.1\.labels: overlaps with the rule first: both are about Bag.*line 4/,
    ],
    ['a missing setting', 'severity: info', /alerts\.1\.labels: .*line 4/],
  ])('are refused for %s, with the line', (_what, settings, expected) => {
    const message = refusal(
      `alerts:\n  - { name: first, kind: label, labels: [Bag] }\n  # the second\n  - { name: second, kind: label, ${settings} }\n`,
    );
    expect(message).toMatch(expected);
  });

  it.each([
    ['{ name: a, kind: low-confidence, maxConfidence: 0.05 }', /maxConfidence: can never fire.*line 2/],
    ['{ name: a, kind: drift, above: 9 }', /above: can never fire.*line 2/],
    ['{ name: a, kind: loud }', /alerts\.0\.kind: expected one of label, low-confidence.*line 2/],
    [
      '{ name: a, kind: rate, label: 3, moreThan: 5, window: 0 }',
      /window: a window is longer than 0.*line 2/,
    ],
    ['{ name: a, kind: dead-letters, moreThan: 1, codes: [NOPE] }', /codes\.0: .*line 2/],
    ['just text', /alerts\.0: .*line 2/],
  ])('refuse %s', (rule, expected) => {
    expect(refusal(`alerts:\n  - ${rule}\n`)).toMatch(expected);
  });

  it('refuse two of one name, and two of one severity about everything', () => {
    expect(refusal('alerts:\n- { name: a, kind: wrong }\n- { name: a, kind: label, labels: [1] }\n')).toMatch(
      /alerts\.1\.name: rule 1 has the name a already.*line 3/,
    );
    const two = (severity: string) => `alerts:
- { name: a, kind: low-confidence, maxConfidence: 0.5 }
- { name: b, kind: low-confidence, maxConfidence: 0.4, severity: ${severity} }
`;
    expect(refusal(two('warning'))).toMatch(/overlaps with the rule a/);
    expect(loadConfig({ file: write(two('critical')), env: {} }).config.alerts).toHaveLength(2);
  });

  it('list every mistake at once, and lines only of the list that counts', () => {
    const text =
      'alerts:\n- { name: a, kind: label, labels: [Hat] }\n- { name: "", kind: wrong, count: 0 }\n';
    expect(refusal(text).split('\n')).toHaveLength(4);
    const env = { STREAM_INFER_ALERTS: '[{"name": "a", "kind": "label", "labels": ["Hat"]}]' };
    expect(refusal(text, env)).toMatch(/"Hat" \(environment STREAM_INFER_ALERTS\)$/);
  });

  it('are compared with one another also where other settings, or other rules, are wrong', () => {
    const text = `http: { port: 99999 }
output: { topic: images }
alerts:
- { name: a, kind: wrong }
- { name: b, kind: rate }
- { name: a, kind: low-confidence, maxConfidence: 0.5 }
`;
    const message = refusal(text);
    expect(message).toMatch(/http\.port: /);
    expect(message).toMatch(/alerts\.1\.label: /);
    expect(message).toMatch(/alerts\.2\.name: rule 1 has the name a already/);
    expect(message).not.toMatch(/used for two purposes/);
    expect(refusal('http: { port: 99999 }\noutput: { topic: images }\n')).toMatch(
      /http\.port: [^]*output\.topic: images is used for two purposes/,
    );
  });

  it('may share settings by YAML aliases and merge keys', () => {
    const text = `alerts:
- &each { name: bags, kind: label, labels: [Bag], severity: info }
- { <<: *each, name: coats, labels: [Coat] }
`;
    const { alerts } = loadConfig({ file: write(text), env: {} }).config;
    expect(alerts).toMatchObject([{ name: 'bags' }, { name: 'coats', labels: [4], severity: 'info' }]);
  });

  it('refuse aliases that hold themselves or multiply beyond measure', () => {
    expect(refusal('alerts: &all [*all]\n')).toMatch(/its aliases .* cannot be resolved: [^\n]*$/);
    const ten = (name: string) => `[${Array<string>(10).fill(name).join(', ')}]`;
    const levels = ['a', 'b', 'c', 'd'].map((name, i) => `${'bcde'[i]}: &${'bcde'[i]} ${ten(`*${name}`)}`);
    expect(refusal(`a: &a ${ten('x')}\n${levels.join('\n')}\n`)).toMatch(
      /its aliases .*Excessive alias count/,
    );
  });

  it('show only the beginning of a long value, and numbers that JSON has not', () => {
    const rules = Array.from({ length: 101 }, (_, i) => `- { name: r${i}, kind: wrong }`).join('\n');
    expect(refusal(`alerts:\n${rules}\n`)).toMatch(/at most 100 rules; got .{200}… \(file/);
    expect(refusal('alerts: [{ name: a, kind: label, labels: [Bag], minConfidence: .nan }]\n')).toMatch(
      /minConfidence: .*; got NaN/,
    );
  });

  it('want topics of their own, but only where there are rules', () => {
    const topics = 'input: { topic: events }\n';
    expect(refusal(`${topics}alerts: [{ name: a, kind: wrong }]\n`)).toMatch(
      /output\.events: events is used/,
    );
    expect(loadConfig({ file: write(topics), env: {} }).config.input.topic).toBe('events');
  });

  it('want a secret for a webhook, and show neither it nor the address', () => {
    expect(refusal('webhook: { url: "https://hooks.example/T0/secret-part" }\n')).toMatch(
      /webhook\.secret: a secret of at least 16 characters is required/,
    );
    expect(refusal('webhook: { url: "http://127.0.0.1:9/", secret: 0123456789abcdef }\n')).toMatch(
      /webhook\.url: it is a private address; .*allowPrivateNetwork/,
    );
    const message = refusal('webhook: { url: "ftp://hooks.example/secret-part", secret: short }\n');
    expect(message).toMatch(/webhook\.url: a webhook is an http or https address/);
    expect(message).not.toMatch(/secret-part|short/);
  });
});
