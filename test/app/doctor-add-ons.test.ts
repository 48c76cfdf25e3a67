import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addOnRemedy, checkTracing } from '../../src/app/doctor-add-ons';

const KAFKA = '@confluentinc/kafka-javascript';

function createInstalled(): string {
  const root = mkdtempSync(join(tmpdir(), 'stream-infer-installed-'));
  const manifest = { optionalDependencies: { [KAFKA]: '~1.10.0', libsql: '0.5.29' } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  return root;
}

describe('the remedy for a native part that does not load', () => {
  it('is the set-up in a checkout', () => {
    expect(addOnRemedy([KAFKA])).toBe('npm run setup');
  });

  it('builds the binary where the package is there without one', () => {
    expect(addOnRemedy([KAFKA], createInstalled(), () => true)).toBe(
      `npm rebuild --ignore-scripts=false ${KAFKA}`,
    );
  });

  it('installs the package in the version that fits where npm has dropped it', () => {
    expect(addOnRemedy([KAFKA], createInstalled(), () => false)).toBe(
      `npm install --ignore-scripts=false ${KAFKA}@~1.10.0`,
    );
  });

  it('names all packages of a part that are missing', () => {
    expect(addOnRemedy([KAFKA, 'libsql'], createInstalled(), (name) => name !== KAFKA)).toBe(
      `npm install --ignore-scripts=false ${KAFKA}@~1.10.0 libsql@0.5.29`,
    );
  });
});

describe('the check of tracing', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  it('is fine where its packages load, wanted or not', () => {
    for (const env of [{}, endpoint])
      expect(checkTracing(env)).toEqual({
        name: 'tracing',
        state: 'ok',
        detail: '@opentelemetry/sdk-trace-base loads',
      });
  });

  it('is a problem where it is asked for in a way that cannot be had', () => {
    const check = checkTracing({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(check).toMatchObject({ state: 'problem', detail: expect.stringMatching(/is grpc/) as string });
    expect(check.remedy).toMatch(/^export OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf /);
  });
});
