/** A component of the picture: brightness or a colour difference. */
export interface Component {
  readonly id: number;
  /** Blocks of it in a group of blocks, across and down. */
  readonly across: number;
  readonly down: number;
  /** By position in the zigzag order. */
  readonly quantization: Uint16Array;
  readonly dc: HuffmanCode;
  readonly ac: HuffmanCode;
}

/** Numbers of codes by length (1 to 16), and the symbols in order. */
export interface HuffmanCode {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

export interface Header {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
  /** Groups of blocks between two restart markers; 0 for none. */
  readonly restart: number;
  /** Start of the compressed data. */
  readonly start: number;
}

interface FrameComponent {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly table: number;
}

const BASELINE = new Set([0xc0, 0xc1]);
const SOS = 0xda;
const DHT = 0xc4;
const DQT = 0xdb;
const DRI = 0xdd;
const ADOBE = 0xee;

/**
 * Reads the segments before the compressed data; undefined unless the file is of the usual kind: sequential, in one
 * scan, grey or YCbCr. `inspectJpeg` has checked that the segments lie within the bytes.
 */
export function readHeader(bytes: Buffer): Header | undefined {
  const quantization = new Map<number, Uint16Array>();
  const codes = new Map<number, HuffmanCode>();
  let frame: { width: number; height: number; components: FrameComponent[] } | undefined;
  let restart = 0;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const data = bytes.subarray(at + 4, end);
    if (marker === DQT) readQuantization(data, quantization);
    else if (marker === DHT) readCodes(data, codes);
    else if (marker === DRI) restart = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
    else if (marker === ADOBE && data[11] === 0) return undefined;
    else if (BASELINE.has(marker)) frame = readFrame(data);
    else if (marker >= 0xc0 && marker <= 0xcf) return undefined;
    else if (marker === SOS) {
      const components = frame && scanned(data, frame.components, quantization, codes);
      return components && { width: frame!.width, height: frame!.height, components, restart, start: end };
    }
    at = end;
  }
  return undefined;
}

function readQuantization(data: Buffer, tables: Map<number, Uint16Array>): void {
  for (let at = 0; at < data.length;) {
    const [id, wide] = [data[at]! & 15, data[at]! >> 4];
    const length = wide === 0 ? 64 : 128;
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++)
      table[i] = wide === 0 ? data[at + 1 + i]! : (data[at + 1 + 2 * i]! << 8) | data[at + 2 + 2 * i]!;
    tables.set(id, table);
    at += 1 + length;
  }
}

/** Keys are 0–3 for DC tables, and 16–19 for AC tables. */
function readCodes(data: Buffer, codes: Map<number, HuffmanCode>): void {
  for (let at = 0; at + 17 <= data.length;) {
    const counts = new Uint8Array(data.subarray(at + 1, at + 17));
    const total = counts.reduce((sum, count) => sum + count, 0);
    codes.set(data[at]!, { counts, symbols: new Uint8Array(data.subarray(at + 17, at + 17 + total)) });
    at += 17 + total;
  }
}

function readFrame(
  data: Buffer,
): { width: number; height: number; components: FrameComponent[] } | undefined {
  if (data.length < 6 || data.length < 6 + 3 * data[5]!) return undefined;
  const components = Array.from({ length: data[5]! }, (_, i) => {
    const [id, sampling, table] = [data[6 + 3 * i]!, data[7 + 3 * i]!, data[8 + 3 * i]!];
    return { id, across: sampling >> 4, down: sampling & 15, table };
  });
  return { height: data.readUInt16BE(1), width: data.readUInt16BE(3), components };
}

/** The components of the scan with their tables; undefined for other scans than one with all of them. */
function scanned(
  data: Buffer,
  frame: readonly FrameComponent[],
  quantization: ReadonlyMap<number, Uint16Array>,
  codes: ReadonlyMap<number, HuffmanCode>,
): Component[] | undefined {
  if (data[0] !== frame.length || !isUsual(frame)) return undefined;
  const components: Component[] = [];
  for (const [i, { id, across, down, table }] of frame.entries()) {
    const selected = data[2 + 2 * i]!;
    const [dc, ac] = [codes.get(selected >> 4), codes.get(16 + (selected & 15))];
    const steps = quantization.get(table);
    if (data[1 + 2 * i] !== id || !dc || !ac || !steps) return undefined;
    components.push({ id, across, down, quantization: steps, dc, ac });
  }
  return components;
}

/** Grey, or three components of which the first has the most samples; some writers name RGB by its letters. */
function isUsual(frame: readonly FrameComponent[]): boolean {
  const [first, ...others] = frame;
  if (first === undefined || (others.length !== 0 && others.length !== 2)) return false;
  if (first.id === 0x52) return false;
  const isFactor = (more: number, less: number): boolean => less === more || (less === 1 && more === 2);
  return (
    first.across >= 1 &&
    first.across <= 2 &&
    first.down >= 1 &&
    first.down <= 2 &&
    others.every(({ across, down }) => isFactor(first.across, across) && isFactor(first.down, down))
  );
}
