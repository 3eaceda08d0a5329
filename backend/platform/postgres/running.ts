import { readFileSync } from 'node:fs';
import { databaseAccount } from './account.ts';
import { loadCredentials } from './credentials.ts';
import { layoutOf } from './folder.ts';
import { holderOf } from './lock.ts';
import { urlsOf } from './roles.ts';

/** A running embedded server, for who must get at it as more than the service. */
export type ServerAccess = {
  /** Of the superuser, in the database `postgres`. */
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  /** PostgreSQL's own data folder. */
  readonly cluster: string;
  /** Where it leaves its write-ahead log when it archives. */
  readonly walOut: string;
};

/** The server of a data folder, which this process or another one runs; null when nobody does. */
export function runningServer(dataDirectory: string): ServerAccess | null {
  if (holderOf(dataDirectory) === null) return null;
  const layout = layoutOf(dataDirectory);
  const { admin, owner, application } = urlsOf(Number(readFileSync(layout.port, 'utf8')), loadCredentials(layout));
  return {
    ...{ adminUrl: admin, ownerUrl: owner, applicationUrl: application },
    ...{ cluster: layout.cluster, walOut: layout.walOut },
  };
}

/** Whom the files of a cluster must belong to; null: whoever runs this. */
export const clusterAccount = databaseAccount;
