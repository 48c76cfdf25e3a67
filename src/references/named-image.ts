import { isObject, own, type Json } from '../codec/open-envelope';
import { kindOf } from '../codec/envelope-values';
import { refuse, type Reference, type ReferenceRefusal } from './reference';

/** A reference with what its message says about the image. */
export interface NamedImage {
  readonly reference: Reference;
  /** As in an envelope; a header can carry them too. */
  readonly id?: string;
  readonly label?: string;
  /** Size that a notification gives, bytes. */
  readonly bytes?: number;
}

/** Something found in a message; undefined where it names no image elsewhere. */
export type Found = NamedImage | ReferenceRefusal | undefined;

export function isNamedImage(found: Found): found is NamedImage {
  return found !== undefined && 'reference' in found;
}

/** Adds the members `id` and `label` of an object. */
export function withAbout(
  reference: Reference | ReferenceRefusal,
  object: Json,
): NamedImage | ReferenceRefusal {
  if ('code' in reference) return reference;
  const id = textOf(own(object, 'id'));
  const label = textOf(own(object, 'label'));
  for (const [name, value] of Object.entries({ id, label }))
    if (value === null)
      return refuse(
        'REFERENCE_INVALID',
        `the field "${name}" is ${kindOf(own(object, name))}; expected 1 to 1024 characters or an integer`,
      );
  return { reference, ...(typeof id === 'string' && { id }), ...(typeof label === 'string' && { label }) };
}

/** Undefined where there is none, null where it is neither text nor an integer. Half surrogate pairs have no UTF-8. */
function textOf(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || value === '' || value.length > 1_024) return null;
  return value.replace(/\p{Surrogate}/gu, '\ufffd');
}

export function memberObject(object: Json, name: string): Json {
  const value = own(object, name);
  return isObject(value) ? value : {};
}

export function memberText(object: Json, name: string): string | undefined {
  const value = own(object, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
