import type { Json } from '../engine/values.ts';
import { isObject } from '../engine/values.ts';
import type { Cloud } from './cloud.ts';
import { at, listAt } from './paths.ts';
import { may } from './policies.ts';
import type { Attempt, Rule } from './product.ts';

/** Refused while something is in it: below its name, or in one of its fields. */
export function notEmpty(
  source: string,
  inner: { readonly below: string } | { readonly field: string },
  say: string,
): Rule {
  return {
    on: ['delete'],
    source,
    refuses: ({ cloud, name, resource }) => {
      const found =
        'below' in inner ? cloud.below(`${name}/${inner.below}/`).length : listAt(resource, inner.field).length;
      return found === 0 ? null : `'${name}' ${say}`;
    },
  };
}

/** Refused while another resource of these interfaces names it. */
export function notUsed(source: string, hosts: readonly string[], kind: string): Rule {
  return {
    on: ['delete'],
    source,
    reason: 'resourceInUseByAnotherResource',
    refuses: (attempt) => {
      const user = userOf(attempt, hosts);
      if (user === null) return null;
      return `The ${kind} resource '${pathOf(attempt.name)}' is already being used by '${pathOf(user)}'`;
    },
  };
}

/** Refused while the account that encrypts for a service has not been let near the key that a field names. */
export function mayEncrypt(source: string, field: string, accounts: readonly string[]): Rule {
  return {
    on: ['create', 'update'],
    source,
    status: 403,
    refuses: ({ cloud, resource }) => {
      const keys = valuesAt(resource, field.split('.'));
      const denied = keys.find((key) => !accounts.some((account) => encrypts(cloud, key, account)));
      return denied === undefined
        ? null
        : `Permission denied on Cloud KMS key ${denied}: ${accounts.join(' or ')} may not use it`;
    },
  };
}

const encrypter = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';

function encrypts(cloud: Cloud, key: string, account: string): boolean {
  const member = `serviceAccount:service-${cloud.project.number}@${account}.iam.gserviceaccount.com`;
  return may(cloud, `//cloudkms.googleapis.com/${key}`, encrypter, member);
}

/** The texts at a path of fields, through lists. */
function valuesAt(value: Json | undefined, fields: readonly string[]): string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => valuesAt(item, fields));
  const [field, ...rest] = fields;
  if (field === undefined) return typeof value === 'string' && value !== '' ? [value] : [];
  return value !== undefined && isObject(value) ? valuesAt(at(value, field), rest) : [];
}

const pathOf = (name: string) => name.replace(/^\/\/[^/]+\//, '');

/** Whoever names it, by its path or by a link that ends in it. */
function userOf({ cloud, name }: Pick<Attempt, 'cloud' | 'name'>, hosts: readonly string[]): string | null {
  const path = pathOf(name);
  for (const [other, resource] of cloud.resources) {
    const asked = hosts.some((host) => other.startsWith(`//${host}/`));
    const { selfLink: _own, ...rest } = resource;
    if (asked && other !== name && names(rest, path)) return other;
  }
  return null;
}

function names(value: Json, path: string): boolean {
  if (typeof value === 'string') return value === path || value.endsWith(`/${path}`);
  if (Array.isArray(value)) return (value as readonly Json[]).some((item) => names(item, path));
  return isObject(value) && Object.values(value).some((inner) => names(inner, path));
}
