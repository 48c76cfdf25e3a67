const SIDE = 28;
/** Characters from dark to bright, for a terminal without colours. */
const RAMP = ' .:-=+*#%@';

/** A 28×28 image as text, two rows per line: in greys with `colours`, otherwise in characters. */
export function renderImage(pixels: Uint8Array, colours: boolean): string {
  const at = (row: number, column: number) => pixels[row * SIDE + column] ?? 0;
  const lines = Array.from({ length: SIDE / 2 }, (_, line) => {
    const cells = Array.from({ length: SIDE }, (__, column) => {
      const [above, below] = [at(2 * line, column), at(2 * line + 1, column)];
      return colours ? halfBlocks(above, below) : sign((above + below) / 2);
    });
    return `${cells.join('')}${colours ? '\u001b[0m' : ''}`;
  });
  return lines.join('\n');
}

/** The upper half of the cell is the foreground, the lower one the background. */
function halfBlocks(above: number, below: number): string {
  return `\u001b[38;2;${above};${above};${above}m\u001b[48;2;${below};${below};${below}m▀`;
}

function sign(value: number): string {
  return RAMP[Math.min(RAMP.length - 1, Math.floor((value / 256) * RAMP.length))] ?? ' ';
}
