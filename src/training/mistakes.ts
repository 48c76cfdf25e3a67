import { percent } from '../core/percent';
import { argMax } from '../core/arg-max';
import { Transformer } from '@napi-rs/image';
import type { ModelShape } from '../core/model-shape';
import { escapeXml } from './escape-xml';
import { type ClassNumbers } from './metrics';

export interface Mistake {
  /** Position in the set. */
  readonly index: number;
  readonly truth: number;
  readonly label: number;
  /** Probability of `label`, 0–1. */
  readonly confidence: number;
}

/** The images behind the mistakes. */
export interface Pictures {
  readonly shape: ModelShape;
  /** Of the image at that position: height × width × channels uint8, row-major. */
  readonly pixels: (index: number) => Uint8Array;
  readonly name: (index: number) => string;
}

/** Longest class or image name, characters. */
const MOST_LETTERS = 20;
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
export function worstMistakes(labels: ClassNumbers, probabilities: Float32Array, most: number): Mistake[] {
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
export function renderMistakes(mistakes: readonly Mistake[], pictures: Pictures, title: string): string {
  const rows = Math.max(1, Math.ceil(mistakes.length / COLUMNS));
  const [width, height] = [COLUMNS * CELL.width, HEAD + rows * CELL.height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    `<text class="title" x="12" y="28">${escapeXml(title)}</text>`,
    ...mistakes.map((mistake, at) => renderCell(mistake, at, pictures)),
    '</svg>',
    '',
  ].join('\n');
}

function renderCell({ index, truth, label, confidence }: Mistake, at: number, pictures: Pictures): string {
  const x = (at % COLUMNS) * CELL.width + 12;
  const y = HEAD + Math.floor(at / COLUMNS) * CELL.height;
  const { labels } = pictures.shape;
  const png = toPng(pictures.pixels(index), pictures.shape);
  return [
    `<image x="${x}" y="${y}" width="${PICTURE}" height="${PICTURE}" image-rendering="pixelated" href="data:image/png;base64,${png}"/>`,
    `<text class="wrong" x="${x}" y="${y + PICTURE + 16}">${nameOf(label, labels)} ${percent(confidence, 1)}</text>`,
    `<text x="${x}" y="${y + PICTURE + 32}">is ${nameOf(truth, labels)}</text>`,
    `<text class="muted" x="${x}" y="${y + PICTURE + 47}">${shortened(pictures.name(index))}</text>`,
  ].join('');
}

function toPng(image: Uint8Array, { width, height, channels }: ModelShape): string {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) rgba[i * 4 + c] = image[i * channels + (channels === 3 ? c : 0)] ?? 0;
  return Transformer.fromRgbaPixels(rgba, width, height).pngSync().toString('base64');
}

function nameOf(label: number, labels: readonly string[]): string {
  return shortened(labels[label] ?? String(label));
}

function shortened(text: string): string {
  return escapeXml(text.length <= MOST_LETTERS ? text : `…${text.slice(1 - MOST_LETTERS)}`);
}
