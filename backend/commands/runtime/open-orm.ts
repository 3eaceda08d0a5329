import { InstrumentEntity } from '../../market-data/instrument.entity.ts';
import { SourceEntity } from '../../market-data/source.entity.ts';
import { ModelVersionEntity } from '../../models/model-version.entity.ts';
import { OutcomeEntity } from '../../outcomes/outcome.entity.ts';
import { createOrm } from '../../platform/database/orm.ts';
import { SignalEntity } from '../../signals/signal.entity.ts';
import { WORK_TRANSACTION_MS } from './pools.ts';

const ENTITIES = [InstrumentEntity, SourceEntity, ModelVersionEntity, SignalEntity, OutcomeEntity];

/** The object mapper with all that is written through it. */
export function openOrm(url: string, statementTimeoutMs: number): ReturnType<typeof createOrm> {
  return createOrm({
    ...{ url, statementTimeoutMs },
    entities: ENTITIES,
    poolSize: 2,
    transactionTimeoutMs: WORK_TRANSACTION_MS,
  });
}
