/**
 * What was used lately, by a key; bounded by the bytes that it takes. In two halves: what is used moves into the young one, and when that is
 * full the old one is forgotten and they change places. To use a value that was used just now costs a look and nothing else.
 */
export class Recent<Value> {
  readonly #half: number;
  #young = new Map<string, Entry<Value>>();
  #old = new Map<string, Entry<Value>>();
  #youngBytes = 0;
  #oldBytes = 0;

  /** `maxBytes`: of all values together, as whoever sets them says. */
  constructor(maxBytes: number) {
    this.#half = maxBytes / 2;
  }

  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.set(key, old.value, old.bytes);
    return old.value;
  }

  /** In the place of what was there before. What is larger than half of all is not kept. */
  set(key: string, value: Value, bytes: number): void {
    this.#remove(key);
    if (bytes > this.#half) return;
    if (this.#youngBytes + bytes > this.#half) {
      [this.#old, this.#oldBytes] = [this.#young, this.#youngBytes];
      [this.#young, this.#youngBytes] = [new Map(), 0];
    }
    this.#young.set(key, { value, bytes });
    this.#youngBytes += bytes;
  }

  /** A value that is there takes so many bytes more. */
  grow(key: string, by: number): void {
    const entry = this.#young.get(key) ?? this.#old.get(key);
    if (entry !== undefined) this.set(key, entry.value, entry.bytes + by);
  }

  #remove(key: string): void {
    const young = this.#young.get(key);
    if (young !== undefined && this.#young.delete(key)) this.#youngBytes -= young.bytes;
    const old = this.#old.get(key);
    if (old !== undefined && this.#old.delete(key)) this.#oldBytes -= old.bytes;
  }
}

type Entry<Value> = { readonly value: Value; readonly bytes: number };
