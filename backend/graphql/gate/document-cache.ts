import { createHash } from 'node:crypto';
import type { DocumentNode } from 'graphql';

/** A tree of a document and its places takes some 60 bytes a character of text (measured on the documents of the tests). */
const BYTES_A_CHARACTER = 60;

/** SHA-256 of a text, hexadecimal: what a document is known by. */
export function documentHashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Documents that were read and found good, those used last; bounded by the bytes that they take. */
export class DocumentCache {
  readonly #documents = new Map<string, { readonly document: DocumentNode; readonly bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(hash: string): DocumentNode | undefined {
    const entry = this.#documents.get(hash);
    if (entry === undefined) return undefined;
    this.#documents.delete(hash);
    this.#documents.set(hash, entry);
    return entry.document;
  }

  set(hash: string, document: DocumentNode, characters: number): void {
    if (this.#documents.has(hash)) return;
    const bytes = characters * BYTES_A_CHARACTER;
    this.#documents.set(hash, { document, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#documents) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#documents.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
