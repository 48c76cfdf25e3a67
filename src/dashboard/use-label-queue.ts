import { useEffect, useRef, useState } from 'preact/hooks';
import type { LabelQueueAnswer } from '../http/schemas/labels';
import { getLabelQueue, giveLabel, withdrawLabel, type LabelKind } from './api';
import { focusOperatorName, operatorName } from './operator';
import { useAnswer } from './use-answer';

export type QueuedImage = LabelQueueAnswer['images'][number];

interface Given {
  readonly image: QueuedImage;
  readonly className: string;
}

export interface LabelQueue {
  readonly images: readonly QueuedImage[];
  readonly current: QueuedImage | undefined;
  readonly classes: readonly string[];
  /** Labels given so far, in all. */
  readonly labels: number;
  /** The latest label of this page; undo withdraws it. */
  readonly latest: Given | undefined;
  readonly problem: string;
  readonly loading: boolean;
  readonly give: (label: number) => void;
  readonly move: (step: number) => void;
  readonly choose: (id: string) => void;
  readonly undo: () => void;
}

/** With fewer images left, the next ones are fetched. */
const FEW = 6;
const EVERY_MS = 5_000;

/**
 * The queue of images without a label. A label is sent while the next image is shown; if that fails, its image returns with
 * the reason.
 */
export function useLabelQueue(kind: LabelKind): LabelQueue {
  const answer = useAnswer(() => getLabelQueue(kind), kind, EVERY_MS);
  const [images, setImages] = useState<readonly QueuedImage[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [given, setGiven] = useState<readonly Given[]>([]);
  const [problem, setProblem] = useState('');
  /** Labels since the latest answer. */
  const [more, setMore] = useState(0);
  /** Labelled here; an answer that was under way may still have them. */
  const done = useRef(new Set<string>());
  const shownKind = useRef(kind);

  useEffect(() => {
    if (answer.data === null) return;
    setMore(0);
    const fresh = answer.data.images.filter(({ id }) => !done.current.has(id));
    // Images keep their place while a person looks at them.
    const kept = shownKind.current === kind ? images.filter(({ id }) => !done.current.has(id)) : [];
    shownKind.current = kind;
    const known = new Set(kept.map(({ id }) => id));
    if (kept.length < FEW || kept.length === 0)
      setImages([...kept, ...fresh.filter(({ id }) => !known.has(id))]);
  }, [answer.data]);
  useEffect(() => setImages([]), [kind]);

  const at = Math.max(
    0,
    images.findIndex(({ id }) => id === chosen),
  );
  const current = images[at];
  const failed = (image: QueuedImage, error: Error): void => {
    setProblem(error.message);
    done.current.delete(image.id);
    setGiven((all) => all.filter((one) => one.image.id !== image.id));
    setImages((all) => [image, ...all.filter(({ id }) => id !== image.id)]);
    setChosen(image.id);
  };
  return {
    images,
    current,
    classes: answer.data?.classes ?? [],
    labels: (answer.data?.labels ?? 0) + more,
    latest: given.at(-1),
    problem: problem || answer.problem || (answer.data?.off ?? ''),
    loading: answer.data === null && answer.problem === '',
    give(label) {
      const by = operatorName.peek().trim();
      if (current === undefined) return;
      if (by === '') {
        focusOperatorName();
        return setProblem('Enter your name first: each label has one.');
      }
      setProblem('');
      done.current.add(current.id);
      setGiven((all) => [...all, { image: current, className: answer.data?.classes[label] ?? '' }]);
      setChosen((images[at + 1] ?? images[at - 1])?.id ?? null);
      setImages(images.filter(({ id }) => id !== current.id));
      giveLabel(current.id, label, by).then(
        () => {
          setMore((labels) => labels + 1);
          if (images.length <= FEW) answer.refresh();
        },
        (error: Error) => failed(current, error),
      );
    },
    move(step) {
      setChosen(images[Math.min(images.length - 1, Math.max(0, at + step))]?.id ?? null);
    },
    choose: setChosen,
    undo() {
      const last = given.at(-1);
      if (last === undefined) return;
      setProblem('');
      setGiven(given.slice(0, -1));
      withdrawLabel(last.image.id, operatorName.peek().trim()).then(
        () => {
          done.current.delete(last.image.id);
          setImages((all) => [last.image, ...all]);
          setChosen(last.image.id);
          answer.refresh();
        },
        (error: Error) => {
          setProblem(error.message);
          setGiven((all) => [...all, last]);
        },
      );
    },
  };
}
