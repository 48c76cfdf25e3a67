import type { ModelShape, Resize } from '../core/model-shape';
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

/** Position of the scaled picture in the model's image. */
export function offsetIn(
  model: Size,
  { width, height }: Size,
): { readonly left: number; readonly top: number } {
  return { left: (model.width - width) >> 1, top: (model.height - height) >> 1 };
}

type Resizing = Pick<ModelShape, 'resize' | 'cropFrom'>;

/** Whether pictures are scaled to more than the model's size first, also the ones of exactly that size. */
export function cutsOut({ resize, cropFrom }: Resizing): boolean {
  return cropFrom !== undefined && (resize === 'crop' || resize === 'stretch');
}

export function placementOf(picture: Size, model: Size, resizing: Resizing): Placement {
  const { resize, cropFrom } = resizing;
  if (cropFrom !== undefined && cutsOut(resizing))
    return { region: cutOut(picture, model, scaledTo(cropFrom, picture, resize)), size: model };
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

/** The size of the whole picture before its centre is cut out; rounded as torchvision and Transformers do. */
function scaledTo(side: number, { width, height }: Size, resize: Resize): Size {
  if (resize === 'stretch') return { width: side, height: side };
  return width <= height
    ? { width: side, height: Math.floor((side * height) / width) }
    : { width: Math.floor((side * width) / height), height: side };
}

/** The part of the picture that is the centre of the scaled one. */
function cutOut(picture: Size, model: Size, scaled: Size): Region {
  const [across, down] = [picture.width / scaled.width, picture.height / scaled.height];
  return {
    left: Math.floor((scaled.width - model.width) / 2) * across,
    top: Math.floor((scaled.height - model.height) / 2) * down,
    width: model.width * across,
    height: model.height * down,
    around: true,
  };
}
