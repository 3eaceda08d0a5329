export type Machine = {
  readonly node: string;
  readonly packages: boolean;
  /** What the Node of the packages says its version is. */
  readonly nodeOfPackages: string | null;
  readonly pulumi: string | null;
  readonly login: string | null;
  readonly gcloud: string | null;
  readonly plugin: string | null;
  readonly credentials: boolean;
  readonly stack: string | null;
  readonly stackFile: string | null;
};

export type Finding = { readonly what: string; readonly fix: string };

/** The stack that is begun with. */
export const FIRST: string;

/** All that is missing, each with what to do about it. A program that is not there has said null. */
export function findings(machine: Machine): Finding[];
