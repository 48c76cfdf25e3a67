interface Family {
  /** HELP and TYPE. */
  readonly head: string[];
  readonly samples: string[];
}

/** One text in the format of Prometheus: each metric once, with the samples of all texts, which differ in a label. */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const text of texts) addTo(families, text);
  return `${[...families.values()].map(({ head, samples }) => [...head, ...samples].join('\n')).join('\n\n')}\n`;
}

function addTo(families: Map<string, Family>, text: string): void {
  const own = new Set<Family>();
  let family: Family = { head: [], samples: [] };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      const name = line.split(' ', 3)[2] as string;
      const known = families.get(name);
      family = known ?? { head: [], samples: [] };
      if (known === undefined) own.add(family);
      families.set(name, family);
    }
    if (!line.startsWith('#')) family.samples.push(line);
    else if (own.has(family)) family.head.push(line);
  }
}
