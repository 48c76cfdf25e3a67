import { shrunk, type Picture } from '../core/picture';

/** Characters from dark to bright, for a terminal without colours. */
const RAMP = ' .:-=+*#%@';
/** Lines of a picture at most, each with two rows of pixels. */
const MOST_LINES = 32;
const RESET = '\u001b[0m';

export interface TerminalSize {
  readonly columns: number;
  readonly colours: boolean;
}

type Color = readonly [red: number, green: number, blue: number];

/** A picture as text, two rows per line: in its colours, or in characters. Wider ones than the terminal are shrunk. */
export function renderImage(picture: Picture, { columns, colours }: TerminalSize): string {
  const { pixels, width, height, channels } = fitting(picture, columns);
  const at = (row: number, column: number): Color => {
    const first = (row * width + column) * channels;
    const color = (channel: number): number => pixels[channels === 1 ? first : first + channel] ?? 0;
    return [color(0), color(1), color(2)];
  };
  const lines = Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const cells = Array.from({ length: width }, (__, column) => {
      const above = at(2 * line, column);
      const below = 2 * line + 1 < height ? at(2 * line + 1, column) : undefined;
      return colours ? halfBlocks(above, below) : sign((levelOf(above) + levelOf(below ?? above)) / 2);
    });
    return `${cells.join('')}${colours ? RESET : ''}`;
  });
  return lines.join('\n');
}

/** A character is as high as two pixels. */
function fitting(picture: Picture, columns: number): Picture {
  const { width, height, channels } = picture;
  const scale = Math.min(1, Math.max(1, columns) / width, (2 * MOST_LINES) / height);
  if (scale === 1) return picture;
  const scaled = (side: number): number => Math.max(1, Math.floor(side * scale));
  const size = { width: scaled(width), height: scaled(height), channels };
  return { ...size, pixels: shrunk(picture.pixels, picture, size) };
}

/** The upper half of the cell is the foreground, the lower one the background; without a lower one that stays. */
function halfBlocks(above: Color, below: Color | undefined): string {
  const background = below === undefined ? '\u001b[49m' : `\u001b[48;2;${below.join(';')}m`;
  return `\u001b[38;2;${above.join(';')}m${background}▀`;
}

/** Brightness as ITU-R BT.601 weighs the colours. */
function levelOf([red, green, blue]: Color): number {
  return (299 * red + 587 * green + 114 * blue) / 1000;
}

function sign(value: number): string {
  return RAMP[Math.min(RAMP.length - 1, Math.floor((value / 256) * RAMP.length))] ?? ' ';
}
