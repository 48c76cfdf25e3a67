import { crc32 } from 'node:zlib';

const CHECKSUM_LENGTH = 8;

/** The JSON text of one record, or why the line does not hold one. */
export type DecodedLine = { readonly json: string } | { readonly problem: string };

export interface DecodedLog {
  /** The JSON text of each record, in the order of the file. */
  readonly records: readonly string[];
  /** One entry for each damaged line. */
  readonly problems: readonly string[];
  /** The file ends in the middle of a record: the process died while it wrote it. */
  readonly torn: boolean;
}

/** One line of a record log: the CRC-32 of the record's JSON in hexadecimal, a space, and the JSON. */
export function encodeRecord(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

/** Accepts a line without a checksum, too: earlier versions wrote plain JSON, whose shape the caller checks. */
export function decodeLine(line: string): DecodedLine {
  if (line.startsWith('{') || line.startsWith('[')) return { json: line };
  const json = line.slice(CHECKSUM_LENGTH + 1);
  const valid = line[CHECKSUM_LENGTH] === ' ' && line.slice(0, CHECKSUM_LENGTH) === checksum(json);
  return valid ? { json } : { problem: 'the checksum does not match the record' };
}

/** Reads a whole log; damaged lines are left out, and a torn last record is not counted as damage. */
export function decodeLog(text: string): DecodedLog {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const records: string[] = [];
  const problems: string[] = [];
  for (const line of lines.filter(Boolean)) {
    const decoded = decodeLine(line);
    if ('json' in decoded) records.push(decoded.json);
    else problems.push(decoded.problem);
  }
  return { records, problems, torn: last !== '' };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
