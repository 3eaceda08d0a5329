import type { Digests } from './images.ts';
import type { Profile, ProfileName } from './profiles.ts';
import type { AlertChannel } from './schema.ts';
import type { AcceleratorSize } from './sizes.ts';

/** All that the program knows of a stack. */
export type Config = Omit<Profile, 'description'> & {
  readonly stack: string;
  readonly profile: ProfileName;
  readonly project: string;
  readonly projectNumber: string | undefined;
  readonly region: string;
  readonly zones: readonly string[];
  readonly recoveryRegion: string | undefined;
  /** Whether the state of the program and its secrets are worth a backup, locked or not at this moment. */
  readonly keepsPlatform: boolean;
  readonly domain: string;
  readonly image: string | undefined;
  readonly proxyImage: string | undefined;
  readonly auth: { readonly issuer: string; readonly audience: string; readonly jwksUrl: string } | undefined;
  readonly operators: string | undefined;
  /** What is followed, in the words of the feed; without it what the service follows by itself. */
  readonly symbols: string | undefined;
  /** The instance that is the database, where it is not the one that the stack is named for. */
  readonly databaseInstance: string | undefined;
  /** As whom Cloud Logging encrypts; without it with keys of its own. */
  readonly loggingAccount: string | undefined;
  readonly alertEmail: string | undefined;
  /** By which server mail is sent, and from whom. */
  readonly mail: { readonly smarthost: string; readonly from: string } | undefined;
  /** By what people are told of alerts, beside mail. */
  readonly alertChannels: readonly AlertChannel[];
  /** Of the kubeconfig; without it the one that is chosen there. */
  readonly context: string | undefined;
  readonly images: Digests;
  readonly budget: { readonly account: string; readonly amount: number; readonly projectNumber: string } | undefined;
  readonly attestationKey: string | undefined;
  readonly gpu: AcceleratorSize | undefined;
  readonly repository: string | undefined;
  /** Address below which runbooks/ is served; empty: a person looks for the path. */
  readonly pages: string;
  /** Where a collector takes traces. */
  readonly tracesUrl: string | undefined;
  /** Whether a subscriber of our own follows the signals. */
  readonly synthetic: boolean;
  readonly primaryStack: string;
  readonly topology: 'replica' | 'primary';
};
