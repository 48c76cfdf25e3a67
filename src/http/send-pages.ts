import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

const PAGE = 500;

export interface Pages<Row extends { readonly seq: number }> {
  /** Empty for none. */
  readonly header: string;
  readonly line: (row: Row) => string;
  /** Newest first. */
  readonly read: (page: { readonly before?: number; readonly limit: number }) => Promise<readonly Row[]>;
}

/** Sends all rows as text, read page by page at the speed of the client. */
export async function sendPages<Row extends { readonly seq: number }>(
  response: Response,
  pages: Pages<Row>,
): Promise<void> {
  const text = Readable.from(lines(pages), { highWaterMark: 1 });
  try {
    await pipeline(text, response);
  } catch (error) {
    // Once the answer has started, the only way to report an error is to break it off.
    if (!response.headersSent && !response.destroyed) throw error;
    response.destroy();
  }
}

/** One page at a time as text, so at most a few pages wait for a slow client. */
async function* lines<Row extends { readonly seq: number }>({
  header,
  line,
  read,
}: Pages<Row>): AsyncGenerator<string> {
  if (header) yield header;
  let before: number | undefined;
  for (;;) {
    const page = await read({ ...(before !== undefined && { before }), limit: PAGE });
    if (page.length > 0) yield page.map(line).join('');
    before = page.at(-1)?.seq;
    if (page.length < PAGE) return;
  }
}
