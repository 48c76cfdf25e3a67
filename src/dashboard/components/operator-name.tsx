import { OPERATOR_FIELD, operatorName, setOperatorName } from '../operator';

/** Field for the name of the person at this page; it is kept in the browser. */
export function OperatorName() {
  return (
    <label class="field">
      <span>Your name</span>
      <input
        name={OPERATOR_FIELD}
        value={operatorName.value}
        maxLength={100}
        autocomplete="name"
        onInput={({ currentTarget }) => setOperatorName(currentTarget.value)}
      />
    </label>
  );
}
