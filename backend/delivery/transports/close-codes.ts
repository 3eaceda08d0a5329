/** Why a socket is closed: RFC 6455, and what graphql-transport-ws adds to it. */
export const CLOSE = {
  unsupported: 1003,
  policy: 1008,
  tooBig: 1009,
  restart: 1012,
  tryAgainLater: 1013,
  badRequest: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  subprotocol: 4406,
  initTimeout: 4408,
  duplicateId: 4409,
  tooManyInits: 4429,
} as const;
