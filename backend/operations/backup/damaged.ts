/** Something stored is not what was stored. The message says what is wrong with it, as the end of a sentence. */
export class Damaged extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Damaged';
  }
}
