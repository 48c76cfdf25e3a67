import { computed } from '@preact/signals';
import { about } from '../state';
import { showModel, shownModel } from '../served-model';

/** Whether the process has several models. */
export const several = computed(() => (about.value?.models?.length ?? 0) > 1);

/** Selects one of several models; all tabs show that one. */
export function ModelChoice() {
  const { models: names = [], topics } = about.value ?? {};
  return (
    <select
      class="model-choice"
      aria-label="Model"
      title={`${topics?.input} → ${topics?.output}`}
      value={shownModel ?? names[0]}
      onChange={(event) => showModel(event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
