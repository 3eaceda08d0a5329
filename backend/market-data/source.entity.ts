import { defineEntity, p } from '@mikro-orm/core';

export const SourceEntity = defineEntity({
  name: 'Source',
  tableName: 'source',
  properties: {
    sourceId: p.string().name('source_id').primary(),
    feed: p.string(),
    provenance: p.string(),
    licence: p.string(),
    timeframe: p.string(),
  },
});
