const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const LINE_LENGTH = /.{1,64}/g;

/**
 * PEM for OpenSSL: Java also accepts blocks whose lines were joined, with spaces or nothing in between, by
 * continuation lines of a properties file. Text without a block is returned unchanged.
 */
export function withLineBreaks(pem: string): string {
  const blocks = [...pem.matchAll(BLOCK)].map(([whole, label, body = '']) => {
    // `Proc-Type: …` of an old encrypted key: its line breaks are significant.
    if (body.includes(':')) return whole;
    const lines = body.replaceAll(/\s+/g, '').match(LINE_LENGTH) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
  });
  return blocks.length === 0 ? pem : `${blocks.join('\n')}\n`;
}
