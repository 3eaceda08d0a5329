import { create } from '../engine.ts';
import type { Collection, Product } from '../product.ts';
import { mayEncrypt } from '../rules.ts';

const made: Collection = {
  path: 'projects/{project}/topics',
  id: 'assigned',
  rules: {
    'a topic is encrypted by a key that its service may use': mayEncrypt(
      'https://docs.chef.io/inspec/resources/google_pubsub_topic/',
      'kmsKeyName',
      ['gcp-sa-pubsub'],
    ),
  },
};

/** A change is wrapped, with its mask. */
const topics: Collection = { ...made, wrapped: 'topic' };

/** https://cloud.google.com/pubsub/docs/reference/rest: a topic is put where it is to be. */
export const pubsub: Product = {
  host: 'pubsub.googleapis.com',
  endpoints: { PUBSUB: 'v1/' },
  collections: [topics],
  methods: [
    {
      method: 'PUT',
      path: 'projects/{project}/topics/{topic}',
      answer: (call, [, id = '']) =>
        create({ ...call, path: call.path.slice(0, call.path.lastIndexOf('/')) }, made, id),
    },
  ],
};
