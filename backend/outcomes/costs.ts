/** What a round trip costs, for one unit. The same for every signal of a spec; a client's own costs may differ. */
export type CostSpec = {
  /** Half of the bid-ask spread in ticks, paid at the entry and at the exit, also where a resting order might have earned it. */
  readonly halfSpreadTicks: number;
  /** In the instrument's currency, paid at the entry and at the exit. */
  readonly commissionPerUnit: number;
  /** Share of the fill's value, paid at the entry and at the exit. */
  readonly commissionRatio: number;
  readonly slippage: SlippageSpec;
  /** Yearly fee for borrowed units, as share of their value at the entry. SHORT only; counted by the ms, a year has 365 days. */
  readonly borrowRatioPerYear: number;
};

/**
 * Slippage by volume share, as Zipline's VolumeShareSlippage and LEAN's VolumeShareSlippageModel have it:
 * price x priceImpact x share^2, where share = min(order's units / volume of the fill's bar, volumeLimit); a bar without volume
 * counts as the limit.
 */
type SlippageSpec = {
  /** Value of the assumed order in the instrument's currency. */
  readonly orderValue: number;
  readonly volumeLimit: number;
  readonly priceImpact: number;
};

/** A filled and left position. Instants in ms. */
export type RoundTrip = {
  readonly sign: 1 | -1;
  readonly entry: number;
  readonly entryVolume: number;
  readonly entryTime: number;
  readonly exit: number;
  readonly exitVolume: number;
  readonly exitTime: number;
};

const YEAR = 365 * 86_400_000;

/** Costs of one unit in the instrument's currency. `tickSize` is a price. */
export function costPerUnit(spec: CostSpec, trip: RoundTrip, tickSize: number): number {
  const borrowed =
    trip.sign === 1 ? 0 : (spec.borrowRatioPerYear * trip.entry * (trip.exitTime - trip.entryTime)) / YEAR;
  return (
    fillCost(spec, trip.entry, trip.entryVolume, tickSize) +
    fillCost(spec, trip.exit, trip.exitVolume, tickSize) +
    borrowed
  );
}

function fillCost(spec: CostSpec, price: number, volume: number, tickSize: number): number {
  const { orderValue, volumeLimit, priceImpact } = spec.slippage;
  const share = volume > 0 ? Math.min(orderValue / (price * volume), volumeLimit) : volumeLimit;
  return (
    spec.halfSpreadTicks * tickSize +
    spec.commissionPerUnit +
    price * (spec.commissionRatio + priceImpact * share * share)
  );
}
