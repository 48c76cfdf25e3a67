import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { readFileSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const layers = JSON.parse(readFileSync(new URL('test/structure/layers.json', import.meta.url), 'utf8'));

/** Which folders of src a folder may import, as test/structure/imports.test.ts checks it. */
function onlyLayersBelow([folder, below]) {
  const allowed = new Set([folder, ...below]);
  const others = Object.keys(layers).filter((one) => !allowed.has(one));
  const regex = `^(\\.\\./)+(${others.join('|')})(/|$)`;
  const message = `src/${folder} may not import this folder: see test/structure/layers.json.`;
  return {
    files: [`src/${folder}/**/*.ts`, `src/${folder}/**/*.tsx`],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] },
  };
}

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist.*/',
      'node_modules/',
      'coverage/',
      'test/.cache/',
      'models/',
      'src/client/api.ts',
      'docs/api/',
      'test/helpers/consumer-project/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './src/dashboard/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A port's method may be asynchronous by contract while an adapter has nothing to await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  ...Object.entries(layers).map(onlyLayersBelow),
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    // Blank lines and comments count, and there is no exception: a longer file has more than one concern.
    rules: { 'max-lines': ['error', 300] },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        fetch: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        performance: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        Atomics: 'readonly',
        SharedArrayBuffer: 'readonly',
        Int32Array: 'readonly',
      },
    },
  },
  prettier,
);
