/** Node reads no larger files at once, and a protobuf message cannot be larger. */
export const MAX_FILE_BYTES = 2 ** 31 - 1;
