import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/duration';
import type { PictureSize } from '../core/picture';

/** Readers of flag values outside the configuration. Each throws with the expected form. */

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(text);
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  return value;
}

/** From 0 to below 1. */
export function shareBelowOne(text: string): number {
  const value = notNegative(text);
  if (value >= 1) throw new InvalidArgumentError('It must be a number from 0 to below 1.');
  return value;
}

export function positiveWholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(text);
}

/** ms */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be a duration such as 500ms, 20s or 5m.');
  return ms;
}

/** `96x128` or `96x128x3`: height, width and channels (1 if absent) of raw pixels. */
export function imageShape(text: string): PictureSize {
  const [, height, width, channels = '1'] = /^([1-9]\d{0,3})x([1-9]\d{0,3})(?:x([13]))?$/.exec(text) ?? [];
  if (height === undefined || width === undefined)
    throw new InvalidArgumentError('It must be <height>x<width> or <height>x<width>x3, such as 96x96x3.');
  return { height: Number(height), width: Number(width), channels: channels === '3' ? 3 : 1 };
}
