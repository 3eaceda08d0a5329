import type { Admitted } from './gate/gate.ts';

/** Requests are short; a long one is not held. */
const LONGEST = 8 * 1024;

/** What requests came to that the gate let in, by what they say; those asked last, bounded by the characters that they have. */
export class KnownRequests {
  readonly #known = new Map<string, Admitted>();
  readonly #most: number;
  #characters = 0;

  constructor(mostCharacters: number) {
    this.#most = mostCharacters;
  }

  get(name: string): Admitted | undefined {
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    this.#known.delete(name);
    this.#known.set(name, known);
    return known;
  }

  set(name: string, admitted: Admitted): void {
    if (this.#known.has(name)) return;
    this.#known.set(name, admitted);
    this.#characters += name.length;
    for (const oldest of this.#known.keys()) {
      if (this.#characters <= this.#most) return;
      this.#known.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}

/** The same text for requests that say the same; null for one that is not to be held. What is nested too deeply to be written the gate refuses. */
export function nameOf(body: unknown): string | null {
  try {
    const text = JSON.stringify(body) as string | undefined;
    return text === undefined || text.length > LONGEST ? null : text;
  } catch {
    return null;
  }
}
