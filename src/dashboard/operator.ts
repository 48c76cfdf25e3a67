import { signal } from '@preact/signals';

const KEY = 'stream-infer.name';
/** Name of the field on the page. */
export const OPERATOR_FIELD = 'operator';

/** Name of the person at this page, for the audit log. */
export const operatorName = signal(stored());

export function setOperatorName(name: string): void {
  operatorName.value = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Storage can be disabled; the name then lasts until the page is closed.
  }
}

/** For a change that needs a name first. */
export function focusOperatorName(): void {
  document.querySelector<HTMLInputElement>(`main [name=${OPERATOR_FIELD}]`)?.focus();
}

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}
