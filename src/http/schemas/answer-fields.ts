import { z } from 'zod';

// Building blocks of answers. A schema is the only source of a shape: TypeScript infers its type, OpenAPI is generated
// from it, and the page imports the type.

/** The deeply read-only type of a schema. */
export type Wire<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export const text = z.string();
export const count = z.int().min(0);
export const ms = z.number().min(0);
/** A part of a whole, or a probability. */
export const share = z.number().min(0).max(1);
export const perSecond = z.number();
export const time = z.iso.datetime();
export const label = z.int().min(0).describe('Position of the class in the labels of the model.');
export const className = z.string().describe('Name of the class in the labels of the model.');

/** Headers of a message, in order; a name may occur twice. */
export const headers = z.array(z.tuple([text, text]));
export type Headers = Wire<typeof headers>;

/** The cursor of a page of results. */
export const next = z.int().nullable().describe('Pass it as `before` to get the next page; null at the end.');
