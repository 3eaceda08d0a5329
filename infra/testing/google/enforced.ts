import type { Collection } from './product.ts';
import { products } from './products.ts';

/** Something that is refused here as at Google, and where that is written. */
export type Enforced = { readonly what: string; readonly source: string };

/** What holds for every interface. */
const everywhere: readonly Enforced[] = [
  {
    what: 'an interface that is off does not answer',
    source: 'https://github.com/GoogleCloudPlatform/k8s-config-connector/issues/10995',
  },
  {
    what: 'a policy that somebody else has changed is not replaced',
    source:
      'https://docs.cloud.google.com/dotnet/docs/reference/Google.Cloud.Iam.V2/latest/Google.Cloud.Iam.V2.UpdatePolicyRequest',
  },
  {
    what: 'a policy names no account that does not exist',
    source: 'https://github.com/hashicorp/terraform-provider-google/issues/9969',
  },
  {
    what: 'a policy names no account of Kubernetes before the first cluster',
    source: 'https://github.com/terraform-google-modules/terraform-google-kubernetes-engine/issues/916',
  },
  {
    what: 'the name of a key is never free again',
    source: 'https://docs.cloud.google.com/kms/docs/delete-kms-resources',
  },
];

const all: readonly Enforced[] = [
  ...everywhere,
  ...products.flatMap(({ host, collections }) => collections.flatMap((collection) => ofCollection(host, collection))),
];

/** A rule of two collections is one rule. */
export const enforced = [...new Map(all.map((one) => [one.what, one])).values()];

function ofCollection(host: string, { path, rules = {}, immutable, nameKept }: Collection): readonly Enforced[] {
  const kind = `${path.slice(path.lastIndexOf('/') + 1)} of ${host}`;
  const fields = immutable?.fields.map((field) => ({ what: `${field} of ${kind} stays`, source: immutable.source }));
  const name = nameKept && { what: `names of ${kind} are free after ${nameKept.days} days`, source: nameKept.source };
  return [
    ...Object.entries(rules).map(([what, { source }]) => ({ what, source })),
    ...(fields ?? []),
    ...(name ? [name] : []),
  ];
}
