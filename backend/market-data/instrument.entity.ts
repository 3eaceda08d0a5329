import { defineEntity, p } from '@mikro-orm/core';

export const InstrumentEntity = defineEntity({
  name: 'Instrument',
  tableName: 'instrument',
  properties: {
    id: p.string().primary(),
    symbol: p.string(),
    mic: p.string(),
    calendar: p.string(),
    tick: p.decimal('string'),
    currency: p.string(),
    figi: p.string().nullable(),
    assetClass: p.string().name('asset_class'),
  },
});
