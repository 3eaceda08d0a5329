/** Texts of an object, by whoever made them. */
const texts = new WeakMap<object, Map<object, string>>();

/** Says that an object, and whatever hangs on it, never changes: then its text in an answer is made once for each form in which it is asked for. */
export function neverChanges<Thing extends object>(thing: Thing): Thing {
  texts.set(thing, new Map());
  return thing;
}

/** Where the texts of an object are kept; undefined for one that may change. */
export function textsOf(thing: object): Texts | undefined {
  return texts.get(thing);
}

export type Texts = Map<object, string>;

/** Some forms at a time: each takes its place in memory for as long as the object is there. */
const MOST_FORMS = 4;
const LARGEST_TEXT = 4_096;

export function keepText(kept: Texts, form: object, text: string): void {
  if (text.length > LARGEST_TEXT) return;
  if (kept.size >= MOST_FORMS) kept.clear();
  kept.set(form, text);
}
