/** The model that the page shows (?model=…), in a process with several; null for the default one. */
export const shownModel = new URLSearchParams(location.search).get('model');

/** Base of the routes of that model. */
export const API = shownModel === null ? '/api/v1' : `/api/v1/models/${encodeURIComponent(shownModel)}`;

/** Loads the page for another model, in the same view. */
export function showModel(name: string): void {
  location.assign(`/?model=${encodeURIComponent(name)}${location.hash}`);
}
