import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { addOnRemedy, checkAddOn, checkTracing, reasonOf } from '../../src/doctor/add-ons';

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

  it('makes the binary where the package is there without one, or with one for another Node', () => {
    const root = createInstalled();
    const script = relative(process.cwd(), join(root, 'scripts', 'setup.mjs'));
    expect(addOnRemedy([KAFKA], root, () => true)).toBe(`node ${script} --only kafka`);
  });

  it('can be given to a shell whatever the folder is called', () => {
    const root = join(createInstalled(), "Kim's files");
    expect(addOnRemedy([KAFKA], root, () => true)).toMatch(
      /^node '.*Kim'\\''s files\/scripts\/setup\.mjs' --only kafka$/,
    );
  });

  it('runs the install script of what has no part in the set-up', () => {
    expect(addOnRemedy(['onnxruntime-node'], createInstalled(), () => true)).toBe(
      'npm rebuild --ignore-scripts=false onnxruntime-node',
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

it('a part that loads and does not work is a problem', () => {
  const part = { name: 'yaml', packages: ['yaml'], without: 'nothing is off', needed: true } as const;
  const fail = () => {
    throw new Error('it is not a function');
  };
  expect(checkAddOn(part)).toEqual({ name: 'yaml', state: 'ok', detail: 'yaml loads' });
  expect(checkAddOn({ ...part, prove: fail })).toMatchObject({
    state: 'problem',
    detail: 'yaml does not work (it is not a function): nothing is off',
  });
});

describe('why a native part does not load', () => {
  it('is said in one line, also of a binary for another Node', () => {
    expect(reasonOf(new Error("Cannot find module 'x'\nRequire stack:\n- y"))).toBe("Cannot find module 'x'");
    const loader =
      "The module '/x.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 137.";
    expect(reasonOf(new Error(loader))).toBe(
      `its binary was made for another version of Node than this ${process.versions.node}`,
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
