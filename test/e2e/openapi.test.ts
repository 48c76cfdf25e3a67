import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Cli } from '../helpers/cli';
import { describeWithPackages, virtualEnvironment } from '../helpers/python';

jest.setTimeout(400_000);

const CONFIG = join(__dirname, '../helpers/python/schemathesis.toml');
/** Never ends, ends the process, or waits for brokers that are not there and for images that are published slowly. */
const LEFT_OUT = '(/stream|/push-to-consumer|/steering/drain)$';
/**
 * No schema can say which bytes are an image, which tensors fit together, and which classes the active model has. The
 * positions of a stream and the workers of a process are not in it either. So 400 and 422 are right, too.
 */
const PROCESS_DECIDES =
  '(/classify|/explain|/labels|/infer|:predict|/predictions|/export|/steering/seek|/steering/workers)$';
const SECONDS = 20;

interface Finished {
  readonly code: number | string | null;
  readonly output: string;
}

describeWithPackages(
  'requirements-http.txt',
  [],
  'schemathesis, which makes requests from /openapi.json',
  () => {
    let server: Cli;

    beforeAll(async () => {
      server = new Cli(['--port', '0', '--no-demo', '--runtime', 'tfjs-wasm', '--workers', '1']);
      await server.ready(120_000);
    });
    afterAll(async () => {
      expect((await server.stop()).code).toBe(0);
    });

    it('finds nothing wrong with the answers', async () => {
      const paths = ['--exclude-path-regex', `${LEFT_OUT}|${PROCESS_DECIDES}`];
      const { code, output } = await schemathesis(server.url, paths);
      expect([code, output]).toEqual([0, expect.stringContaining('No issues found')]);
    });

    it('finds nothing wrong with the answers that depend on the model or the process either', async () => {
      const paths = ['--include-path-regex', PROCESS_DECIDES, '--exclude-checks', 'positive_data_acceptance'];
      const { code, output } = await schemathesis(server.url, paths);
      expect([code, output]).toEqual([0, expect.stringContaining('No issues found')]);
    });

    it('made no request that the program itself answers for', () => {
      expect(server.stderr).not.toMatch(/HTTP 500/);
    });
  },
);

/** Bounded in time; the same requests each time, as far as they are made within it. */
async function schemathesis(url: string, options: readonly string[]): Promise<Finished> {
  const program = join(virtualEnvironment('requirements-http.txt'), 'bin', 'st');
  const args = ['--config-file', CONFIG, 'run', `${url}/openapi.json`, ...options];
  const bounds = ['--phases', 'coverage,fuzzing', '--max-time', String(SECONDS), '-n', '5', '--seed', '1'];
  const rest = ['--checks', 'all', '--suppress-health-check', 'all', '--warnings', 'off', '--no-color'];
  return await new Promise((resolve) => {
    // In a folder of its own: it leaves what it learns in the working directory.
    const child = { cwd: tmpdir(), timeout: 180_000, maxBuffer: 1 << 26 };
    execFile(program, [...args, ...bounds, ...rest], child, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), output: stdout + stderr }),
    );
  });
}
