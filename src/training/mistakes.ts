import { Transformer } from '@napi-rs/image';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_NAMES } from '../core/labels';
import type { LabelledImages } from './batches';
import { escapeXml } from './escape-xml';
import { argMax } from './metrics';

export interface Mistake {
  /** Position in the set. */
  readonly index: number;
  readonly truth: number;
  readonly label: number;
  /** Probability of `label`, 0–1. */
  readonly confidence: number;
}

const COLUMNS = 8;
const CELL = { width: 132, height: 148 };
const PICTURE = 84;
const HEAD = 44;

/** Follows the reader's light or dark colour scheme. */
const STYLE = `
  svg { --paper: #fff; --ink: #1a1c22; --muted: #5b606c; --wrong: #b3261e }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #15181e; --ink: #e9ebef; --muted: #9ba3b0; --wrong: #ff9088 }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink) }
  text.title { font-size: 16px; font-weight: 600 }
  text.wrong { fill: var(--wrong) }
  text.muted { fill: var(--muted) }
  .paper { fill: var(--paper) }
`;

/** The errors with the highest confidence, highest first; `probabilities` is n × classes, row-major. */
export function worstMistakes(labels: Uint8Array, probabilities: Float32Array, most: number): Mistake[] {
  const classes = probabilities.length / labels.length;
  const mistakes: Mistake[] = [];
  labels.forEach((truth, index) => {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    const label = argMax(row);
    if (label !== truth) mistakes.push({ index, truth, label, confidence: row[label] ?? 0 });
  });
  return mistakes.sort((a, b) => b.confidence - a.confidence || a.index - b.index).slice(0, most);
}

/** A self-contained SVG of the images with their predicted and actual classes. */
export function renderMistakes(
  mistakes: readonly Mistake[],
  { pixels }: LabelledImages,
  title: string,
): string {
  const rows = Math.max(1, Math.ceil(mistakes.length / COLUMNS));
  const [width, height] = [COLUMNS * CELL.width, HEAD + rows * CELL.height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    `<text class="title" x="12" y="28">${escapeXml(title)}</text>`,
    ...mistakes.map((mistake, at) => renderCell(mistake, at, pixels)),
    '</svg>',
    '',
  ].join('\n');
}

function renderCell({ index, truth, label, confidence }: Mistake, at: number, pixels: Uint8Array): string {
  const x = (at % COLUMNS) * CELL.width + 12;
  const y = HEAD + Math.floor(at / COLUMNS) * CELL.height;
  const image = pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
  return [
    `<image x="${x}" y="${y}" width="${PICTURE}" height="${PICTURE}" image-rendering="pixelated" href="data:image/png;base64,${toPng(image)}"/>`,
    `<text class="wrong" x="${x}" y="${y + PICTURE + 16}">${nameOf(label)} ${(100 * confidence).toFixed(1)} %</text>`,
    `<text x="${x}" y="${y + PICTURE + 32}">is ${nameOf(truth)}</text>`,
    `<text class="muted" x="${x}" y="${y + PICTURE + 47}">image ${index}</text>`,
  ].join('');
}

function toPng(image: Uint8Array): string {
  const rgba = Buffer.alloc(IMAGE_PIXELS * 4, 255);
  image.forEach((value, i) => rgba.fill(value, i * 4, i * 4 + 3));
  return Transformer.fromRgbaPixels(rgba, IMAGE_SIDE, IMAGE_SIDE).pngSync().toString('base64');
}

function nameOf(label: number): string {
  return escapeXml(CLASS_NAMES[label] ?? String(label));
}
