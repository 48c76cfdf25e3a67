import { useState } from 'preact/hooks';

/** The server turns the token into a cookie and sends the browser back here. */
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
      <h2>This server asks for its token</h2>
      <p class="muted">It was chosen with --token, or stands in the configuration.</p>
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
