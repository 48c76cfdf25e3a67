/** Models on disk: finding, reading and writing their folders. */
export { isModelName, isPinned, listModels, resolveModelDir } from './find';
export { isVersionName } from './folders';
export type { ModelFiles, NewModel } from './model';
export { shapeOf } from './model';
export { defaultModelsRoot, nameOrFolder } from './place';
export type { ListedModel } from './place';
export { readModelFiles } from './read';
export type { Int8Facts, ModelManifest, StoredBaseline } from './schema';
export { listVersionFolders, versionsRoot } from './versions';
export type { VersionFolder } from './versions';
export { assertAbsent, writeModelFiles } from './write';
export { writeBaseline } from './write-baseline';
export { writeInt8 } from './write-int8';
