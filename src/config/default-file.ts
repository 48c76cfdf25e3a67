/** The configuration file that is read without `--config`, if it exists. */
export const DEFAULT_FILE = 'stream-infer.yaml';
