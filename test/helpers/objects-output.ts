import type { ObjectsOutput } from '../../src/core/model-description';

/** Settings of a model that finds objects. */
export const YOLO: ObjectsOutput = {
  format: 'yolo',
  corners: 'xywh',
  units: 'pixels',
  firstClass: 0,
  threshold: 0.25,
  iou: 0.45,
  max: 10,
};
