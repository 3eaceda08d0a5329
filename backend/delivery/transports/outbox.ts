/** Somebody who holds what is to be sent until all of a moment is together. */
export interface Sender {
  flush(): void;
}

/** Those who hold something back. What comes for one connection at one moment leaves it in one write. */
export class Outbox {
  readonly #waiting = new Set<Sender>();

  add(sender: Sender): void {
    this.#waiting.add(sender);
  }

  flush(): void {
    for (const sender of this.#waiting) sender.flush();
    this.#waiting.clear();
  }
}
