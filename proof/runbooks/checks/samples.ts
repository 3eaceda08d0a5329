import { placeholders } from '../../../runbooks/placeholders.ts';

/** A word in which something stands for every variable: its sample where it is declared, else a number for a sum and a word for the rest. */
export function withSamples(word: string, samples: Readonly<Record<string, string>> = {}): string {
  const declared: Readonly<Record<string, { readonly sample: string }>> = placeholders;
  return word
    .replace(/\$\(\(.*?\)\)/g, '100')
    .replace(/\$\([^)]*\)/g, 'some')
    .replace(/\$\{?(\w+)\}?/g, (_, name: string) => samples[name] ?? declared[name]?.sample ?? 'some');
}
