export type { CursorStore } from './cursor-store.ts';
export { FollowError, GapError, RefusedError, type ServerError, StreamProblemError } from './errors.ts';
export { type Delivery, type FollowOptions, follow } from './follow.ts';
export type { ProblemPolicy, RetryOptions } from './recovery.ts';
export type { ResumeOptions } from './resume.ts';
export type { Status } from './status.ts';
export type { Credential, WebSocketClass, WebSocketLike } from './transport.ts';
export type * from './types.ts';
