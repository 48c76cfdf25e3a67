import type { z } from 'zod';
import { checked, checkedJson, type Checked } from '../../codec/checked';

/** Called for each skipped row, with its table and the invalid field. */
export type OnSkippedRow = (table: string, problem: string) => void;

/** Returns the valid rows of a table. */
export class Rows {
  constructor(private readonly onSkipped: OnSkippedRow = () => undefined) {}

  valid<T>(table: string, schema: z.ZodType<T>, rows: readonly unknown[]): T[] {
    return rows.flatMap((row) => this.take(table, checked(schema, row)));
  }

  /** The body of a row, JSON in UTF-8. */
  body<T>(table: string, schema: z.ZodType<T>, body: ArrayBuffer | Uint8Array): T[] {
    return this.take(table, checkedJson(schema, new Uint8Array(body)));
  }

  /** A column with JSON. */
  text<T>(table: string, schema: z.ZodType<T>, text: unknown): T[] {
    return this.take(table, checkedJson(schema, String(text)));
  }

  private take<T>(table: string, result: Checked<T>): T[] {
    if ('value' in result) return [result.value];
    this.onSkipped(table, result.problem);
    return [];
  }
}
