import { Bucket, type BucketObject, type BucketOptions } from '../../platform/google/bucket.ts';
import { BucketError } from '../../platform/google/bucket-error.ts';
import { AlreadyStored, type BackupStorage, checkKey, NotStored, type Stored } from './storage.ts';

/**
 * Backups in a bucket of Cloud Storage. The account needs `storage.objects.create`, `get` and `list`, and had better have nothing else: then what
 * it has stored it can neither change nor take away, and the retention of the bucket holds for everybody.
 */
export class BucketStorage implements BackupStorage {
  readonly description: string;
  readonly #bucket: Bucket;
  /** Before each key. */
  readonly #folder: string;

  /** `folder` is within the bucket: empty, or words with slashes between them. */
  constructor(options: BucketOptions, folder: string) {
    this.#bucket = new Bucket(options);
    this.#folder = folder === '' ? '' : `${folder}/`;
    this.description = `the bucket gs://${options.name}/${folder}`;
  }

  async put(key: string, chunks: AsyncIterable<Buffer>): Promise<void> {
    checkKey(key);
    await this.#bucket.put(`${this.#folder}${key}`, chunks).catch((error: unknown) => {
      throw isOf(error, 412) ? new AlreadyStored(key) : error;
    });
  }

  async *get(key: string): AsyncIterable<Buffer> {
    checkKey(key);
    try {
      yield* this.#bucket.get(`${this.#folder}${key}`);
    } catch (error) {
      throw isOf(error, 404) ? new NotStored(key) : error;
    }
  }

  async list(prefix: string): Promise<readonly Stored[]> {
    const found = await this.#bucket.list(`${this.#folder}${prefix}`);
    return found.map((object) => ({
      key: object.name.slice(this.#folder.length),
      bytes: Number(object.size),
      storedAt: Date.parse(object.timeCreated),
      lockedUntil: lockOf(object),
    }));
  }
}

/**
 * By its own retention or that of the bucket, which the server has made one of:
 * https://cloud.google.com/storage/docs/json_api/v1/objects#resource. A hold has no end until somebody ends it.
 */
function lockOf({ retentionExpirationTime, temporaryHold, eventBasedHold }: BucketObject): number | null {
  if (temporaryHold === true || eventBasedHold === true) return Number.POSITIVE_INFINITY;
  return retentionExpirationTime === undefined ? null : Date.parse(retentionExpirationTime);
}

const isOf = (error: unknown, status: number) => error instanceof BucketError && error.status === status;
