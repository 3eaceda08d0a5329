export type Setup = {
  /** The file of this folder that has it. */
  readonly server: 'apollo' | 'mercurius' | 'plain';
  /** What a list of signals answers, newest first: kept in memory. */
  readonly signals?: readonly unknown[];
  /** A database whose table bench_signal has them instead. */
  readonly databaseUrl?: string;
};

export type Served = {
  readonly port: number;
};
