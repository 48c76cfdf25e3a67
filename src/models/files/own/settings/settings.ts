import type { InvertMode } from '../../../../core/image';
import type { ObjectsOutput } from '../../../../core/model-description';
import type { Filter, Resize } from '../../../../core/model-shape';

/** Channel orders that a network can take. */
export const COLORS = ['grey', 'rgb', 'bgr'] as const;
export const LAYOUTS = ['nhwc', 'nchw'] as const;
export const ACTIVATIONS = ['auto', 'none', 'softmax', 'sigmoid'] as const;
/** Scores of classes for the whole image, or objects with boxes. */
export const OUTPUT_KINDS = ['auto', 'scores', 'boxes'] as const;

/** Everything that can be said about a model in addition to its network; each source says some of it. */
export interface Settings {
  readonly labels?: readonly string[];
  readonly width?: number;
  readonly height?: number;
  readonly color?: (typeof COLORS)[number];
  readonly layout?: (typeof LAYOUTS)[number];
  readonly resize?: Resize;
  readonly cropFrom?: number;
  readonly filter?: Filter;
  readonly scale?: number;
  readonly offset?: number;
  /** One number, or one for each channel. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly invert?: InvertMode;
  readonly activation?: (typeof ACTIVATIONS)[number];
  readonly top?: number;
  /** Of the output. */
  readonly name?: string;
  /** What the model's output is. */
  readonly kind?: (typeof OUTPUT_KINDS)[number];
  readonly format?: ObjectsOutput['format'];
  readonly corners?: ObjectsOutput['corners'];
  readonly units?: ObjectsOutput['units'];
  readonly firstClass?: number;
  readonly threshold?: number;
  readonly iou?: number;
  readonly max?: number;
  /** Names of outputs of a model that finds objects. */
  readonly boxes?: string;
  readonly scores?: string;
  readonly classes?: string;
}

/** Settings with the place where they were found. */
export interface SettingsFrom {
  /** For `models inspect`, for example `classifier.json`. */
  readonly origin: string;
  readonly settings: Settings;
  /** About settings of the file that are not followed exactly. */
  readonly warnings?: readonly string[];
}

export interface Picked<T> {
  readonly value: T;
  readonly origin: string;
}

/** The value of the first source that has one. */
export function pick<K extends keyof Settings>(
  sources: readonly SettingsFrom[],
  key: K,
): Picked<NonNullable<Settings[K]>> | undefined {
  for (const { settings, origin } of sources) {
    const value = settings[key];
    if (value !== undefined) return { value, origin };
  }
  return undefined;
}
