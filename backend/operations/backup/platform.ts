import { Bucket, type BucketOptions } from '../../platform/google/bucket.ts';
import { SecretValues, type SecretValuesOptions } from '../../platform/google/secret-values.ts';
import { one } from './manifest.ts';

/** Something that the platform is made anew with and that is in no database. */
export interface PlatformSource {
  /** All that there is, by names with slashes between words, which no other source has. */
  names(): Promise<readonly string[]>;
  read(name: string): AsyncIterable<Buffer>;
}

/** What a program writes down of itself each time: it grows for ever, and nothing is made anew with it. */
const LEFT_OUT = /^\.pulumi\/(history|backups|locks)\//;

/** What Pulumi knows of all stacks, as its bucket holds it: https://www.pulumi.com/docs/iac/concepts/state-and-backends/. */
export function stateOf(bucket: BucketOptions): PlatformSource {
  const state = new Bucket(bucket);
  return {
    names: async () => {
      const found = (await state.list('.pulumi/')).map(({ name }) => name).filter((name) => !LEFT_OUT.test(name));
      if (found.length === 0) throw new Error(`the bucket ${bucket.name} holds no state of Pulumi`);
      return found.map((name) => `state/${name}`);
    },
    read: (name) => state.get(name.slice('state/'.length)),
  };
}

/** The newest values of secrets, by `projects/PROJECT/secrets/NAME`. */
export function secretsOf(secrets: readonly string[], options: SecretValuesOptions): PlatformSource {
  const values = new SecretValues(options);
  const byName = new Map(secrets.map((secret) => [`secrets/${secret.slice(secret.lastIndexOf('/') + 1)}`, secret]));
  return {
    names: async () => [...byName.keys()],
    read: async function* (name) {
      yield* one(await values.newest(byName.get(name) ?? name));
    },
  };
}
