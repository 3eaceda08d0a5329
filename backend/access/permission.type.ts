import { Extensions, registerEnumType } from 'type-graphql';
import { PERMISSIONS, type Permission, permissions } from './permissions.ts';

/** Under this name a field of the schema says what it needs. */
export const NEEDS = 'needs';

/** What a query, mutation or subscription needs, all of it. One that declares nothing is not let into the schema. */
export function Needs(...needed: readonly [Permission, ...Permission[]]): MethodDecorator {
  return Extensions({ [NEEDS]: needed });
}

/** `signals:read` is SIGNALS_READ in the schema. */
const enumName = (permission: Permission): string => permission.replaceAll(/[:-]/g, '_').toUpperCase();

export const PermissionEnum = Object.fromEntries(PERMISSIONS.map((permission) => [enumName(permission), permission]));
registerEnumType(PermissionEnum, {
  name: 'Permission',
  description: 'What somebody may do.',
  valuesConfig: Object.fromEntries(
    PERMISSIONS.map((permission) => [enumName(permission), { description: permissions[permission] }]),
  ),
});
