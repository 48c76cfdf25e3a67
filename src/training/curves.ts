import { keptEpoch, type EpochPoint } from '../core/training-history';
import { drawTrainingPlot, PLOT_SIZE, TRAINING_PLOTS } from '../quality/training-plot';
import { escapeXml } from './escape-xml';

const MARGIN = 16;
const HEAD = 70;
const WIDTH = TRAINING_PLOTS.length * (PLOT_SIZE.width + MARGIN);
const HEIGHT = HEAD + PLOT_SIZE.height;

/** Follows the reader's light or dark colour scheme. */
const STYLE = `
  svg { --paper: #fff; --ink: #1a1c22; --muted: #5b606c; --line: #e2e2dc; --training: #b8720a; --held-out: #3f4fc9 }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #15181e; --ink: #e9ebef; --muted: #9ba3b0; --line: #2a2f38; --training: #e0b062; --held-out: #93a0ff }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--muted) }
  text.title { font-size: 16px; font-weight: 600; fill: var(--ink) }
  text.name { font-size: 13px; font-weight: 600; fill: var(--ink) }
  .paper { fill: var(--paper) }
  path { fill: none }
  .grid { stroke: var(--line) }
  .curve { stroke: var(--held-out); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
  .curve.is-in { stroke: var(--training); stroke-dasharray: 5 4 }
  .dot { fill: var(--held-out); stroke: var(--paper); stroke-width: 1.5 }
`;

/** Loss and accuracy by epoch as a self-contained SVG. */
export function renderCurves(epochs: readonly EpochPoint[], title: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escapeXml(`${title}: loss and accuracy by epoch`)}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    `<text class="title" x="${MARGIN}" y="30">${escapeXml(title)}</text>`,
    ...legend(keptEpoch(epochs)),
    ...TRAINING_PLOTS.flatMap((plot, nth) => [
      `<g transform="translate(${nth * (PLOT_SIZE.width + MARGIN)} ${HEAD})">`,
      `<text class="name" x="${MARGIN}" y="-8">${plot.name}</text>`,
      drawTrainingPlot(plot, epochs),
      '</g>',
    ]),
    '</svg>',
    '',
  ].join('\n');
}

function legend(kept: EpochPoint | undefined): string[] {
  const y = 26;
  return [
    `<path class="curve is-in" d="M${WIDTH - 444} ${y}h28"/><text x="${WIDTH - 410}" y="${y + 4}">training images</text>`,
    `<path class="curve" d="M${WIDTH - 304} ${y}h28"/><text x="${WIDTH - 270}" y="${y + 4}">validation images</text>`,
    ...(kept === undefined
      ? []
      : [
          `<circle class="dot" cx="${WIDTH - 134}" cy="${y}" r="4"/><text x="${WIDTH - 124}" y="${y + 4}">kept: epoch ${kept.epoch}</text>`,
        ]),
  ];
}
