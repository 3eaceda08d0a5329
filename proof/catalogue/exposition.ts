/** A family as a page in the text format of Prometheus has it. */
export type ShownFamily = {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
};

export type Sample = {
  /** With the ending of a histogram, where it is of one. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Page = ReadonlyMap<string, ShownFamily>;

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/y;

/**
 * Reads a page. Throws an Error at a line that is none of the format, at a sample that comes before its family is declared, and at one that
 * comes twice.
 */
export function readPage(text: string): Page {
  const families = new Map<string, { name: string; type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let current: { name: string; type: string; help: string; samples: Sample[] } | null = null;
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      current = { name, type: '', help: unescaped(rest), samples: [] };
      families.set(name, current);
    } else if (keyword === 'TYPE' && current?.name === name) current.type = rest;
    else {
      const sample = sampleIn(line);
      const isOfFamily = current !== null && sample.name.replace(/_(bucket|sum|count)$/, '') === current.name;
      if (current === null || (sample.name !== current.name && !isOfFamily))
        throw new Error(`${JSON.stringify(line)} is of no family that was declared before it`);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
      if (seen.has(key)) throw new Error(`${JSON.stringify(line)} comes twice`);
      seen.add(key);
      current.samples.push(sample);
    }
  }
  return families;
}

function sampleIn(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`${JSON.stringify(line)} is no line of the format`);
  return { name, labels: labelsIn(labels, line), value: numberOf(value) };
}

function labelsIn(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    LABEL.lastIndex = at;
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`${JSON.stringify(line)} has labels of no format`);
    labels[name] = unescaped(value);
  }
  return labels;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function numberOf(text: string): number {
  if (text === 'Nan' || text === 'NaN') return Number.NaN;
  return Number(text.replace('Inf', 'Infinity'));
}
