import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { requireTokenBeyondLoopback } from '../http/server';
import { connect } from './connect';

/** For checks, which tell themselves what they found. */
export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** All for which `run` would refuse a configuration that fits the schema. Nothing is connected, nothing is changed. */
export async function configProblems(config: Config): Promise<StreamInferError[]> {
  const { enabled, host, token } = config.http;
  const checks = [
    async () => {
      if (enabled) requireTokenBeyondLoopback(token === undefined ? { host } : { host, token });
    },
    // Where the rules of each broker's own settings are.
    async () => (await connect(config, 'stream-infer-check', SILENT)).close(),
  ];
  const problems: StreamInferError[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      problems.push(StreamInferError.from(error));
    }
  }
  return problems;
}
