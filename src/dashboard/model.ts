import { computed, effect, signal } from '@preact/signals';
import type { PictureSize } from '../core/picture';
import type { ModelAnswer } from '../http/schemas/models';
import { getConfusion, getModel } from './api';

/** The active model; null while it is unknown, and in a process that only shows results. */
export const model = signal<ModelAnswer | null>(null);
/** Whether the active model takes images that are shown as photos. */
export const takesPhotos = computed(() => model.value !== null && isPhoto(model.value));
/** Names learned from results, where there is no model. */
const learned = signal<readonly string[]>([]);

/** Names of the classes, by label. */
export const labels = computed<readonly string[]>(() => model.value?.labels ?? learned.value);

export function nameOf(label: number): string {
  return labels.value[label] ?? `class ${label}`;
}

/** Size of an image of so many bytes: the model's input, else a square. */
export function sizeOfImage(bytes: number): PictureSize {
  const own = model.peek();
  if (own !== null && own.width * own.height * own.channels === bytes) return own;
  const side = Math.floor(Math.sqrt(bytes));
  return { width: side, height: side, channels: 1 };
}

/** Images of this size are shown smoothly, smaller ones pixel by pixel. */
export function isPhoto({ width, height }: Pick<PictureSize, 'width' | 'height'>): boolean {
  return Math.max(width, height) > 64;
}

/** The style sheet shows photos larger than small images. */
export function followImageSize(): void {
  effect(() => {
    if (takesPhotos.value) document.documentElement.dataset.images = 'photos';
    else delete document.documentElement.dataset.images;
  });
}

/** Asks for the model again, after it changed. */
export async function readModel(): Promise<void> {
  try {
    model.value = await getModel();
  } catch {
    model.value = null;
    learned.value = await getConfusion().then(
      ({ classes }) => classes,
      () => [],
    );
  }
}
