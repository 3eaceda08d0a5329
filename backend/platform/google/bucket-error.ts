/** Cloud Storage said no, or nothing for too long: `status` is its HTTP status, 0 without an answer. */
export class BucketError extends Error {
  override readonly name = 'BucketError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What Cloud Storage is asked: by GET unless it says otherwise. */
export type Ask = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
};
