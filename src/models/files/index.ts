/**
 * Models on disk. A spec is resolved by `find`, and its folder is read by `read`. `folder` verifies the files of a manifest. For a
 * model of the user, `own/read` reads the network (`own/network`) and the files next to it (`own/settings`), and `own/describe`
 * puts them together. `write` creates and updates folders with a manifest.
 */
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
export { writeBaseline, writeCard, writeInt8 } from './write/update';
export { assertAbsent, writeModelFiles } from './write/folder';
export { writeImportedModel } from './write/imported';
