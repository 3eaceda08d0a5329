import type { JsonObject } from '../engine/values.ts';

const statuses = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  501: 'UNIMPLEMENTED',
} as const;

export type Status = keyof typeof statuses;

/** What an interface of Google answers when it does not do what it was asked. */
export class Refusal extends Error {
  readonly status: Status;
  readonly reason: string;

  constructor(status: Status, message: string, reason: string = statuses[status]) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  /** In the shape of https://cloud.google.com/apis/design/errors, with the list that older interfaces add. */
  get body(): JsonObject {
    const { status: code, message, reason } = this;
    return { error: { code, message, status: statuses[code], errors: [{ message, reason, domain: 'global' }] } };
  }
}

export const notFound = (name: string) => new Refusal(404, `Resource '${name}' was not found`, 'notFound');
