import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StreamInferError } from '../../core/errors';
import { ProcessClient } from '../../setup/process-client';
import type { ServerFlags } from '../server-flags';
import { serverOf } from '../server-of';

/** Longest time of a download, ms. */
const DOWNLOAD_MS = 600_000;

interface ExportFlags extends ServerFlags {
  readonly format: 'ndjson' | 'csv';
}

export async function exportLabels({ format, ...flags }: ExportFlags): Promise<void> {
  const client = new ProcessClient(serverOf(flags));
  const signal = AbortSignal.timeout(DOWNLOAD_MS);
  const response = await client.fetch(`/api/v1/labels/export?format=${format}`, { signal });
  if (!response.ok || response.body === null) {
    const problem = (await response.json().catch(() => null)) as { readonly detail?: string } | null;
    throw new StreamInferError(
      'NOT_READY',
      problem?.detail ?? `the process answered HTTP ${response.status}`,
    );
  }
  await pipeline(Readable.fromWeb(response.body), process.stdout, { end: false });
}
