import { FeatureEngine } from '../../../../backend/features/feature-engine.ts';
import { FEATURE_INDEX } from '../../../../backend/features/feature-spec.ts';
import { indicatorsOf } from '../../../../backend/features/indicators.ts';
import { AT, type Slot } from '../../../../backend/features/slot.ts';
import { type Contender, NAMES } from './contender.ts';
import { calendar, fill, type Market, newHand, placeOf, SYMBOLS, setMinute } from './market.ts';

/**
 * The engine of the product: it leaves the indicators of each bar in the instrument's record, and moves on what only the model's
 * features need.
 */
export class Ours implements Contender {
  protected readonly hand = newHand();
  protected engine = new FeatureEngine({ timeframe: '1m' });
  protected slots: Slot[] = [];

  begin(): void {
    this.engine = new FeatureEngine({ timeframe: '1m', capacity: SYMBOLS });
    this.slots = Array.from({ length: SYMBOLS }, (_, symbol) => this.engine.slotOf(`symbol-${symbol}`));
  }

  run({ columns }: Market, fromMinute: number, untilMinute: number): number {
    let sum = 0;
    for (let minute = fromMinute; minute < untilMinute; minute++) sum += this.minute(columns, minute);
    return sum;
  }

  values(symbol: number): number[] {
    const indicators = indicatorsOf(this.slots[symbol] as Slot);
    return NAMES.map((name) => indicators[name]);
  }

  protected minute(columns: Float64Array, minute: number): number {
    const { engine, hand, slots } = this;
    let sum = 0;
    setMinute(hand, minute);
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      const slot = slots[symbol] as Slot;
      fill(hand, columns, placeOf(minute, symbol));
      engine.take(slot, hand, calendar);
      sum += slot.numbers[AT.rsi] as number;
    }
    return sum;
  }
}

/** The same engine, asked for the vector of the model's 16 features after each bar. */
export class OursVector extends Ours {
  protected override minute(columns: Float64Array, minute: number): number {
    const { engine, hand, slots } = this;
    let sum = 0;
    setMinute(hand, minute);
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      const slot = slots[symbol] as Slot;
      fill(hand, columns, placeOf(minute, symbol));
      if (engine.take(slot, hand, calendar)) sum += engine.read(slot).values[FEATURE_INDEX.rsi14] as number;
    }
    return sum;
  }
}
