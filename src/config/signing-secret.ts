import { z } from 'zod';

const MARK = 'whsec_';
/** Shorter keys can be guessed, bytes. */
const LEAST = 16;

/** A signing key of Standard Webhooks: `whsec_` + base64, or any text. */
export const signingSecret = z
  .string()
  .min(LEAST)
  // Node decodes what it can, perhaps nothing, and no receiver would get the same key.
  .refine(
    (text) => !text.startsWith(MARK) || isLongBase64(text.slice(MARK.length)),
    `expected base64 of at least ${LEAST} bytes after ${MARK}, as of openssl rand -base64 32`,
  );

function isLongBase64(text: string): boolean {
  return z.base64().safeParse(text).success && Buffer.from(text, 'base64').length >= LEAST;
}
