import type { ComponentResource, CustomResourceOptions, Resource } from '@pulumi/pulumi';

/** What a child of a component is registered with. */
export type Child = { readonly parent: ComponentResource };

/** For what holds data: nothing deletes or replaces it while the stack is locked. */
export function guarded(child: Child, locked: boolean): CustomResourceOptions {
  return { ...child, protect: locked };
}

/**
 * For what goes when another goes: it is forgotten with it, instead of being asked for at an address that is no longer there. Not for what must be
 * gone before the other can go, such as records of a zone, nor for what stays behind.
 */
export function within(child: Child, holder: Resource): CustomResourceOptions {
  return { ...child, deletedWith: holder };
}
