import { defineEntity, p } from '@mikro-orm/core';

/** How far the engine has read the input log of a shard. */
export const EnginePositionEntity = defineEntity({
  name: 'EnginePosition',
  tableName: 'engine_position',
  properties: {
    shard: p.string().primary(),
    ingestSeq: p.bigint('number').name('ingest_seq'),
  },
});
