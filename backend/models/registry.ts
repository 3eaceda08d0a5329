import type { Provenance, Timeframe } from '../market-data/bar.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { type ModelArtifact, openArtifact } from './artifact.ts';

/** A model version as it is stored. Instants in ms. */
export type StoredModel = {
  /** `name@version`. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  readonly timeframe: Timeframe;
  readonly calendar: string;
  readonly sourceId: string;
  readonly featureSpecHash: string;
  readonly trainingFrom: number;
  readonly trainingTo: number;
  readonly calibrationFrom: number;
  readonly calibrationTo: number;
  readonly eligibleFrom: number;
  /** Of the code that trained it; null when that was not known. No part of the artifact, which depends on the data alone. */
  readonly codeCommit: string | null;
  readonly artifact: ModelArtifact;
};

export type NewModel = {
  readonly name: string;
  readonly sourceId: string;
  readonly text: string;
  readonly sha256: string;
};

/** Models of invented data have names of their own: one that learnt from SYNTHETIC bars never speaks about real ones. */
export function modelName(timeframe: Timeframe, calendar: string, provenance: Provenance): string {
  const name = `logistic-${timeframe}-${calendar.toLowerCase()}`;
  return provenance === 'SYNTHETIC' ? `${name}-synthetic` : name;
}

const COLUMNS = `id, name, version, sha256, artifact, timeframe, calendar, source_id as "sourceId", feature_spec_hash as "featureSpecHash",
  training_from as "trainingFrom", training_to as "trainingTo", calibration_from as "calibrationFrom", calibration_to as "calibrationTo",
  eligible_from as "eligibleFrom", code_commit as "codeCommit"`;

type Row = Omit<StoredModel, 'artifact'> & { readonly artifact: string };

/** The immutable model versions. */
export class ModelRegistry {
  readonly #pool: Queryable;
  readonly #codeCommit: string | null;

  /** `codeCommit` is that of the running code, for the models that it trains; null when it is not known. */
  constructor(pool: Queryable, codeCommit: string | null = null) {
    this.#pool = pool;
    this.#codeCommit = codeCommit;
  }

  /** The newest version of a model that reads these features and may decide at `from` already; null when there is none. */
  async newest(name: string, featureSpecHash: string, from: number): Promise<StoredModel | null> {
    const { rows } = await this.#pool.query<Row>(
      `select ${COLUMNS} from model_version where name = $1 and feature_spec_hash = $2 and eligible_from <= $3 order by version desc limit 1`,
      [name, featureSpecHash, new Date(from).toISOString()],
    );
    return rows[0] === undefined ? null : open(rows[0]);
  }

  async byId(id: string): Promise<StoredModel | null> {
    const { rows } = await this.#pool.query<Row>(`select ${COLUMNS} from model_version where id = $1`, [id]);
    return rows[0] === undefined ? null : open(rows[0]);
  }

  /** How many versions of a model there are. */
  async count(name: string): Promise<number> {
    const { rows } = await this.#pool.query<{ n: number }>('select count(*) as n from model_version where name = $1', [
      name,
    ]);
    return rows[0]?.n ?? 0;
  }

  /** Versions in the order of name and number, up to `limit` after the given id. */
  async list(after: { readonly name: string; readonly version: number } | null, limit: number): Promise<StoredModel[]> {
    const { rows } = await this.#pool.query<Row>(
      `select ${COLUMNS} from model_version where $1::text is null or (name, version) > ($1, $2) order by name, version limit $3`,
      [after?.name ?? null, after?.version ?? 0, limit],
    );
    return rows.map(open);
  }

  /** Stores a trained model under the next number of its name. The same artifact again is the version that it was already. */
  async store(em: EntityManager, model: NewModel): Promise<StoredModel> {
    const { name, sourceId, text, sha256 } = model;
    const artifact = openArtifact(text, sha256);
    const id = await em.fork().transactional(async (transaction) => {
      await transaction.execute('select pg_advisory_xact_lock(hashtext(?))', [`model ${name}`]);
      const known = await transaction.execute<{ id: string; version: number; sha256: string }[]>(
        'select id, version, sha256 from model_version where name = ? order by version desc',
        [name],
      );
      const same = known.find((row) => row.sha256 === sha256);
      if (same !== undefined) return same.id;
      const row = {
        ...toRow({ name, sourceId, text, sha256, artifact, version: Number(known[0]?.version ?? 0) + 1 }),
        codeCommit: this.#codeCommit,
      };
      // Whoever only reads models has no use for the object mapper.
      const { ModelVersionEntity } = await import('./model-version.entity.ts');
      transaction.persist(transaction.create(ModelVersionEntity, row));
      return row.id;
    });
    const stored = await this.byId(id);
    if (stored === null) throw new Error(`Model ${id} was stored and is not there`);
    return stored;
  }
}

function toRow({
  name,
  version,
  sourceId,
  text,
  sha256,
  artifact,
}: NewModel & { artifact: ModelArtifact; version: number }) {
  const { training, calibration, test } = artifact.split.windows;
  return {
    id: `${name}@${version}`,
    name,
    version,
    sha256,
    artifact: text,
    timeframe: artifact.timeframe,
    calendar: artifact.calendar,
    sourceId,
    featureSpecHash: artifact.features.specHash,
    trainingFrom: new Date(training.from),
    trainingTo: new Date(training.until),
    calibrationFrom: new Date(calibration.from),
    calibrationTo: new Date(calibration.until),
    testTo: new Date(test.until),
    embargoMinutes: artifact.split.embargoMinutes,
    eligibleFrom: new Date(artifact.eligibleFrom),
  };
}

function open(row: Row): StoredModel {
  return { ...row, artifact: openArtifact(row.artifact, row.sha256) };
}
