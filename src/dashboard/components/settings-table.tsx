import type { Setting } from '../../http/schemas/settings';

/** Effective settings with their sources. */
export function SettingsTable({ settings }: { settings: readonly Setting[] }) {
  return (
    <table class="settings">
      <caption class="hidden">Effective settings</caption>
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Value</th>
          <th scope="col">Source</th>
        </tr>
      </thead>
      {sectionsOf(settings).map(([section, members]) => (
        <tbody key={section}>
          {members.map(({ path, value, source, description }) => (
            <tr key={path}>
              <th scope="row">
                {path}
                {description !== undefined && <small>{description}</small>}
              </th>
              <td class={/^\((not set|masked)\)$/.test(value) ? 'is-none' : ''}>{value}</td>
              <td>
                <span class={source === 'default' ? 'from' : 'from is-set'}>{source}</span>
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** Groups by the part before the first dot, in their order. */
function sectionsOf(settings: readonly Setting[]): [string, Setting[]][] {
  const sections = new Map<string, Setting[]>();
  for (const setting of settings) {
    const name = setting.path.split('.', 1)[0] ?? '';
    sections.set(name, [...(sections.get(name) ?? []), setting]);
  }
  return [...sections];
}
