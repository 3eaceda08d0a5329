/** Somebody who holds what is to be sent until all of a moment is together. */
export interface Sender {
  flush(): void;
}

/** Those who hold something back. What comes for one connection at one moment leaves it in one write. */
export class Outbox {
  #waiting: Sender[] = [];

  /** Called when the sender begins to hold something; again after each flush. */
  add(sender: Sender): void {
    this.#waiting.push(sender);
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const sender of waiting) sender.flush();
  }
}
