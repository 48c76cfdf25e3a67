import type { Resize } from '../core/model-shape';
import type { Region } from './resample';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The part of a picture that the model sees, and its size there; it is centred, with black around. */
export interface Placement {
  readonly region: Region;
  readonly size: Size;
}

export function placementOf(picture: Size, model: Size, resize: Resize): Placement {
  const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
  if (resize === 'fit' || resize === 'content') return { region: whole, size: fit(model, picture) };
  return { region: resize === 'crop' ? centre(picture, model) : whole, size: model };
}

/** Each side has at least one pixel. */
export function fit(box: Size, { width, height }: Size): Size {
  const scale = Math.min(box.width / width, box.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The largest part with the aspect ratio of the model. */
function centre(picture: Size, model: Size): Region {
  const scale = Math.min(picture.width / model.width, picture.height / model.height);
  const width = Math.min(picture.width, model.width * scale);
  const height = Math.min(picture.height, model.height * scale);
  return { left: (picture.width - width) / 2, top: (picture.height - height) / 2, width, height };
}
