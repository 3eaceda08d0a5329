/** A copy of a tree in which some values are others; undefined takes one away. Paths are like `spec.containers.0.image`; `\.` is a dot in a name. */
export function changed<Tree>(tree: Tree, changes: Readonly<Record<string, unknown>>): Tree {
  const copy = structuredClone(tree);
  for (const [path, value] of Object.entries(changes)) setAt(copy, path, value);
  return copy;
}

type Inner = Record<string, unknown>;

function setAt(tree: unknown, path: string, value: unknown): void {
  const steps = path.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'));
  const last = steps.pop() ?? '';
  const inner = steps.reduce((at: Inner, step) => {
    const next = at[step] ?? {};
    if (typeof next !== 'object') throw new Error(`${path}: ${step} is ${JSON.stringify(next)}, nothing is in it`);
    at[step] = next;
    return next as Inner;
  }, tree as Inner);
  if (value !== undefined) inner[last] = value;
  else if (Array.isArray(inner)) inner.splice(Number(last), 1);
  else delete inner[last];
}
