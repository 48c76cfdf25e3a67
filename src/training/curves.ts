import { decimalsOf, roundTicks } from '../core/ticks';
import { keptEpoch, type EpochPoint } from '../core/training-history';
import { escapeXml } from './escape-xml';

type Curve = 'loss' | 'accuracy' | 'validationLoss' | 'validationAccuracy';

interface Panel {
  readonly name: string;
  readonly left: number;
  readonly training: Curve;
  readonly validation: Curve;
  /** What a value is multiplied with to be shown, and what stands behind it. */
  readonly scale: number;
  readonly unit: string;
}

const PANELS: readonly Panel[] = [
  { name: 'Loss', left: 56, training: 'loss', validation: 'validationLoss', scale: 1, unit: '' },
  {
    name: 'Accuracy',
    left: 472,
    training: 'accuracy',
    validation: 'validationAccuracy',
    scale: 100,
    unit: ' %',
  },
];
const SIZE = { width: 840, height: 348 };
const PLOT = { top: 72, width: 344, height: 216 };
const BOTTOM = PLOT.top + PLOT.height;
const MOST_MARKS = 10;

/** Both for light and dark pages, as the reader's system has it. */
const STYLE = `
  svg { --paper: #fff; --ink: #1a1c22; --muted: #5b606c; --line: #e2e2dc; --training: #b8720a; --held-out: #3f4fc9 }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #15181e; --ink: #e9ebef; --muted: #9ba3b0; --line: #2a2f38; --training: #e0b062; --held-out: #93a0ff }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--muted) }
  text.title { font-size: 16px; font-weight: 600; fill: var(--ink) }
  text.name { font-size: 13px; font-weight: 600; fill: var(--ink) }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .paper { fill: var(--paper) }
  path { fill: none; stroke: var(--line) }
  path.curve { stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
  path.training { stroke: var(--training); stroke-dasharray: 5 4 }
  path.held-out { stroke: var(--held-out) }
  circle { fill: var(--held-out); stroke: var(--paper); stroke-width: 1.5 }
`;

/** Loss and accuracy by epoch as an SVG that needs no other file. Values that are no numbers are left out. */
export function renderCurves(epochs: readonly EpochPoint[], title: string): string {
  const kept = keptEpoch(epochs);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img">`,
    `<title>${escapeXml(`${title}: loss and accuracy by epoch`)}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    `<text class="title" x="16" y="30">${escapeXml(title)}</text>`,
    ...legend(kept),
    ...PANELS.flatMap((panel) => renderPanel(panel, epochs, kept)),
    '</svg>',
    '',
  ].join('\n');
}

function legend(kept: EpochPoint | undefined): string[] {
  const y = 26;
  return [
    `<path class="curve training" d="M${SIZE.width - 424} ${y}h28"/><text x="${SIZE.width - 390}" y="${y + 4}">training images</text>`,
    `<path class="curve held-out" d="M${SIZE.width - 284} ${y}h28"/><text x="${SIZE.width - 250}" y="${y + 4}">images held out</text>`,
    ...(kept === undefined
      ? []
      : [
          `<circle cx="${SIZE.width - 134}" cy="${y}" r="4.5"/><text x="${SIZE.width - 124}" y="${y + 4}">kept: epoch ${kept.epoch}</text>`,
        ]),
  ];
}

function renderPanel(panel: Panel, epochs: readonly EpochPoint[], kept: EpochPoint | undefined): string[] {
  const { left, training, validation, scale, unit } = panel;
  const values = epochs.flatMap((point) => [point[training], point[validation]]).filter(Number.isFinite);
  const ticks = roundTicks(scale * Math.min(...values), scale * Math.max(...values));
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)];
  const x = (at: number): string => (left + ((at + 0.5) / epochs.length) * PLOT.width).toFixed(1);
  const y = (shown: number): string => (BOTTOM - ((shown - low) / (high - low)) * PLOT.height).toFixed(1);
  const line = (curve: Curve, kind: string): string => {
    const points = epochs.flatMap((point, at) =>
      Number.isFinite(point[curve]) ? [`${x(at)} ${y(scale * point[curve])}`] : [],
    );
    return `<path class="curve ${kind}" d="M${points.join('L')}"/>`;
  };
  const every = Math.ceil(epochs.length / MOST_MARKS);
  return [
    `<text class="name" x="${left}" y="${PLOT.top - 14}">${panel.name}</text>`,
    ...ticks.map(
      (tick) =>
        `<path d="M${left} ${y(tick)}h${PLOT.width}"/>` +
        `<text class="end" x="${left - 7}" y="${Number(y(tick)) + 4}">${tick.toFixed(decimalsOf(ticks))}${unit}</text>`,
    ),
    ...epochs.flatMap((point, at) =>
      at % every === 0 ? [`<text class="middle" x="${x(at)}" y="${BOTTOM + 19}">${point.epoch}</text>`] : [],
    ),
    `<text class="middle" x="${left + PLOT.width / 2}" y="${BOTTOM + 42}">epoch</text>`,
    line(training, 'training'),
    line(validation, 'held-out'),
    ...(kept === undefined
      ? []
      : [`<circle cx="${x(epochs.indexOf(kept))}" cy="${y(scale * kept[validation])}" r="4.5"/>`]),
  ];
}
