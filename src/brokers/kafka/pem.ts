const MARK = /-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----/g;
const LINE_LENGTH = /.{1,64}/g;

/**
 * PEM for OpenSSL: Java also accepts blocks whose lines were joined, with spaces or nothing in between, by
 * continuation lines of a properties file. Text without a block is returned unchanged.
 */
export function withLineBreaks(pem: string): string {
  const blocks = blocksIn(pem).map(({ whole, label, body }) => {
    // `Proc-Type: …` of an old encrypted key: its line breaks are significant.
    if (body.includes(':')) return whole;
    const lines = body.replaceAll(/\s+/g, '').match(LINE_LENGTH) ?? [];
    return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n');
  });
  return blocks.length === 0 ? pem : `${blocks.join('\n')}\n`;
}

interface Block {
  readonly whole: string;
  readonly label: string;
  readonly body: string;
}

/** An end and the beginning right before it. A pattern of a whole block would search the rest for each missing end. */
function blocksIn(pem: string): Block[] {
  const marks = [...pem.matchAll(MARK)];
  return marks.flatMap((end, i) => {
    const begin = marks[i - 1];
    if (begin?.[1] !== 'BEGIN' || end[1] !== 'END' || begin[2] !== end[2]) return [];
    const after = end.index + end[0].length;
    const body = pem.slice(begin.index + begin[0].length, end.index);
    return [{ whole: pem.slice(begin.index, after), label: end[2] ?? '', body }];
  });
}
