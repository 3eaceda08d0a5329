import { hash } from 'node:crypto';
import type { DocumentNode } from 'graphql';
import { Recent } from '../../platform/recent.ts';

/** A tree of a document and its places takes some 60 bytes a character of text (measured on the documents of the tests). */
const BYTES_A_CHARACTER = 60;

/** SHA-256 of a text, hexadecimal: what a document is known by. */
export function documentHashOf(text: string): string {
  return hash('sha256', text);
}

/** Documents that were read and found good, by the hash of their text. */
export class DocumentCache {
  readonly #documents: Recent<DocumentNode>;

  constructor(maxBytes: number) {
    this.#documents = new Recent(maxBytes);
  }

  get(documentHash: string): DocumentNode | undefined {
    return this.#documents.get(documentHash);
  }

  set(documentHash: string, document: DocumentNode, characters: number): void {
    this.#documents.set(documentHash, document, characters * BYTES_A_CHARACTER);
  }
}
