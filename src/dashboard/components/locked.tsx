import { useState } from 'preact/hooks';

/** Form for the token; the server replaces the token with a cookie and redirects back. */
export function Locked() {
  const [token, setToken] = useState('');
  return (
    <form
      class="card lonely"
      onSubmit={(event) => {
        event.preventDefault();
        location.assign(`/?token=${encodeURIComponent(token)}`);
      }}
    >
      <h2>This server requires a token</h2>
      <p class="muted">It is set with --token or as http.token in the configuration.</p>
      <label class="field">
        <span>Token</span>
        <input
          type="password"
          required
          value={token}
          autocomplete="off"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary">
        Open
      </button>
    </form>
  );
}
