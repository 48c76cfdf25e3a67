// Checks the licences of the production dependencies.

/** Licences that require attribution only. */
const FINE = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
  'Zlib',
  'Python-2.0',
]);

/** `(MIT OR X)` is allowed if one side is; `MIT AND X` if both are. */
function isFine(licence) {
  const text = licence.replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some(isFine);
  return text.split(' AND ').every((part) => FINE.has(part));
}

/**
 * @param packages of package-lock.json
 * @returns `shipped`: `[path, licence]` of each production dependency; `refused`: the ones not allowed, as text
 */
export function licencesOf(packages) {
  const shipped = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { license }]) => [path, license ?? 'none']);
  const refused = shipped
    .filter(([, licence]) => !isFine(licence))
    .map(([path, licence]) => `${path}: ${licence}`);
  return { shipped, refused };
}
