import { Arg, ID, Query, Resolver } from 'type-graphql';
import { Needs } from '../access/permission.type.ts';
import { InstrumentType, toInstrumentType } from '../market-data/instrument.type.ts';
import type { MarketDataService } from '../market-data/market-data.service.ts';
import { ModelVersionType, toModelVersionType } from '../models/model-version.type.ts';
import type { ModelRegistry } from '../models/registry.ts';
import { InvalidInput } from '../platform/errors.ts';
import { NodeType } from '../platform/graphql/connection.ts';
import { parseGlobalId } from '../platform/graphql/global-id.ts';
import { SignalNodeType } from '../signals/signal.type.ts';
import { toSignalNode } from '../signals/signal-node.ts';
import type { SignalsService } from '../signals/signals.service.ts';

const MAX_IDS = 100;

/** Finds anything by its global id. */
@Resolver()
export class NodeResolver {
  readonly #signals: SignalsService;
  readonly #marketData: MarketDataService;
  readonly #models: ModelRegistry;

  constructor(signals: SignalsService, marketData: MarketDataService, models: ModelRegistry) {
    this.#signals = signals;
    this.#marketData = marketData;
    this.#models = models;
  }

  @Query(() => NodeType, {
    nullable: true,
    description: 'Anything that has an id; null when there is nothing of this id.',
  })
  @Needs('signals:read', 'market-data:read', 'models:read')
  async node(@Arg('id', () => ID, { description: 'A global id.' }) id: string): Promise<NodeType | null> {
    return (await this.#find('id', [id]))[0] ?? null;
  }

  @Query(() => [NodeType], {
    nullable: 'items',
    description: 'Several things by their ids, in the order asked for; null where there is none.',
  })
  @Needs('signals:read', 'market-data:read', 'models:read')
  async nodes(
    @Arg('ids', () => [ID], { description: 'Global ids, at most 100.' }) ids: string[],
  ): Promise<(NodeType | null)[]> {
    if (ids.length > MAX_IDS) throw new InvalidInput('ids', `${ids.length} ids`, `at most ${MAX_IDS}`);
    return this.#find('ids', ids);
  }

  async #find(name: string, ids: readonly string[]): Promise<(NodeType | null)[]> {
    const parsed = ids.map((id) => parseGlobalId(name, id));
    const localIds = (kind: string): string[] =>
      parsed.flatMap((entry) => (entry.kind === kind ? [entry.localId] : []));
    const [signals, instruments, models] = await Promise.all([
      this.#signals.byIds(localIds('Signal')),
      this.#marketData.instrumentsByIds(localIds('Instrument'), this.#signals.now()),
      Promise.all(localIds('ModelVersion').map((id) => this.#models.byId(id))),
    ]);
    return parsed.map(({ kind, localId }) => {
      const signal = signals.get(localId);
      if (kind === 'Signal')
        return signal === undefined
          ? null
          : Object.assign(new SignalNodeType(), toSignalNode(signal, this.#signals.now()));
      const instrument = instruments.get(localId);
      if (kind === 'Instrument')
        return instrument === undefined ? null : Object.assign(new InstrumentType(), toInstrumentType(instrument));
      const model = models.find((entry) => entry?.id === localId) ?? null;
      return model === null ? null : Object.assign(new ModelVersionType(), toModelVersionType(model));
    });
  }
}
