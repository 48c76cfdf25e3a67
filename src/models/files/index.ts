/** Models on disk: finding, reading, writing and updating their folders. */
export {
  isModelName,
  isPinned,
  isVersionName,
  listModels,
  listVersionFolders,
  resolveModelDir,
  versionsRoot,
} from './find';
export type { VersionFolder } from './find';
export { defaultModelsRoot, layersIn, parameterCount } from './model';
export type { ListedModel, ModelFiles, NewModel } from './model';
export { readModelFiles } from './read';
export type { Int8Facts, ModelManifest, StoredBaseline } from './schema';
export { writeBaseline, writeInt8 } from './update';
export { assertAbsent, writeModelFiles } from './write';
export { writeImportedModel } from './write-imported';
