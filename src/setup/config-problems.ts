import type { Config } from '../config/schema';
import { StreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { requireTokenBeyondLoopback } from '../http/server';
import { connect } from './connect';
import { assertNamedFiles } from './named-files';
import { openOriginals, openReferences } from './outside-images';

/** Checks report their findings themselves. */
export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Reasons for `run` to refuse a configuration that fits the schema. Connects to nothing and changes nothing. */
export async function configProblems(config: Config): Promise<StreamInferError[]> {
  const { enabled, host, token } = config.http;
  const checks = [
    async () => {
      if (enabled) requireTokenBeyondLoopback(token === undefined ? { host } : { host, token });
    },
    async () => assertNamedFiles(config),
    // The clients of the stores are packages of their own.
    async () => {
      (await openReferences(config))?.close();
      (await openOriginals(config, undefined))?.close();
    },
    // The broker adapters check their own settings.
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
