/** What every process together may hold of the connections of the server; the rest is for administration and for roll-outs. */
const SHARE = 0.8;

type Held = { readonly maxReplicas: number; readonly poolSize: number };

/** Connections that a stack holds at most. A lease is one more for each process that has any. */
export function connectionsHeld(workloads: readonly Held[]): number {
  const held = workloads.filter(({ poolSize }) => poolSize > 0);
  return held.reduce((sum, { maxReplicas, poolSize }) => sum + maxReplicas * (poolSize + 1), 0);
}

/** Connections that may be held of those that the server takes. */
export function connectionsAllowed(maxConnections: number): number {
  return Math.floor(maxConnections * SHARE);
}
