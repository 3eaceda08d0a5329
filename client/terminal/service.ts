import { instrumentsDocument, recentDocument } from '../document.ts';
import { query } from '../query.ts';
import type { Cursor, SignalEvent, SignalFilter } from '../types.ts';
import { wrong } from './arguments.ts';

export type Recent = { readonly events: readonly SignalEvent[]; readonly endCursor: Cursor | null };

/** The last events and the cursor behind them. */
export async function recentEvents(
  url: string,
  last: number,
  filter: SignalFilter | undefined,
  signal: AbortSignal,
): Promise<Recent> {
  type Answer = { signalEvents: { nodes: readonly SignalEvent[]; pageInfo: { endCursor: Cursor | null } } };
  const { signalEvents } = await query<Answer>(url, recentDocument, { last, filter }, signal);
  return { events: signalEvents.nodes, endCursor: signalEvents.pageInfo.endCursor };
}

/** The filter that holds these symbols, in any case of letters; a UsageError names the known ones when one is not among them. */
export async function symbolFilter(
  url: string,
  symbols: readonly string[],
  signal: AbortSignal,
): Promise<SignalFilter> {
  const known = await allInstruments(url, signal);
  const instruments = symbols.flatMap((symbol) => {
    const ids = known
      .filter((instrument) => instrument.symbol.toUpperCase() === symbol.toUpperCase())
      .map(({ id }) => id);
    if (ids.length === 0)
      throw wrong('--symbols', symbol, `one of ${listing(known.map((instrument) => instrument.symbol))}`);
    return ids;
  });
  // The same symbols in another order are the same filter, so a stored cursor continues.
  return { instruments: [...new Set(instruments)].sort() };
}

type InstrumentName = { readonly id: string; readonly symbol: string };

async function allInstruments(url: string, signal: AbortSignal): Promise<InstrumentName[]> {
  type Answer = {
    instruments: { nodes: InstrumentName[]; pageInfo: { hasNextPage: boolean; endCursor: Cursor | null } };
  };
  const found: InstrumentName[] = [];
  let after: Cursor | null = null;
  do {
    const { instruments }: Answer = await query<Answer>(url, instrumentsDocument, { after }, signal);
    found.push(...instruments.nodes);
    after = instruments.pageInfo.hasNextPage ? instruments.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}

function listing(symbols: readonly string[]): string {
  const names = [...new Set(symbols)].sort();
  return names.length > 40 ? `${names.slice(0, 40).join(', ')} and ${names.length - 40} more` : names.join(', ');
}
