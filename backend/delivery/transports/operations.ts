import {
  createSourceEventStream,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import type { Access } from '../../access/access.ts';
import type { Principal } from '../../access/principal.ts';
import type { Session } from '../../access/session-watch.ts';
import type { RequestContext } from '../../platform/graphql/context.ts';
import { startDeadline } from '../../platform/graphql/deadline.ts';
import type { Gateway, SubscribeRequest } from '../gateway/gateway.ts';
import type { Outlet } from '../gateway/ports.ts';
import type { StreamContext } from '../returning.ts';
import { SignalSubscription } from '../signal-subscription.ts';
import { answered } from './answered.ts';
import { groupOf } from './group-of.ts';
import { KnownSubscriptions } from './known-subscriptions.ts';
import type { AdmittedOperation, FormatError, MakeText, OperationGate, RefusedOperation, Running } from './ports.ts';
import { pump } from './pump.ts';
import { RunningSubscription, type SubscriptionCount } from './running-subscription.ts';
import type { SubscriptionCap } from './subscription-cap.ts';

export type OperationsOptions = {
  readonly schema: GraphQLSchema;
  readonly gate: OperationGate;
  readonly access: Access;
  readonly resolve: RequestContext['resolve'];
  readonly makeText: MakeText;
  readonly formatError: FormatError;
  /** How long a query or mutation may take. */
  readonly timeoutMs: number;
  readonly gateway: Gateway;
  /** Sends what outlets have taken. */
  readonly flush: () => void;
  /** Of all transports together. */
  readonly cap: SubscriptionCap;
  /** Told of each subscription as it begins and ends. */
  readonly onSubscriptions: (change: 1 | -1) => void;
  readonly onBatch: (data: FormattedExecutionResult['data']) => void;
};

/** Who asks over a connection that stays. */
export type Caller = {
  readonly session: Session;
  readonly address: string | undefined;
  readonly lastEventId?: string | null;
  /** Of the request of HTTP that this is, where it is one. */
  readonly requestId?: string;
};

/** Runs what comes over transports that stay open: through the gate, then to the gateway, or for its caller alone. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #known = new KnownSubscriptions();
  readonly #count: SubscriptionCount;

  constructor(options: OperationsOptions) {
    this.#options = options;
    const { cap, onSubscriptions } = options;
    this.#count = {
      begins: (principal) => {
        cap.begins(principal);
        onSubscriptions(1);
      },
      ends: (principal) => {
        cap.ends(principal);
        onSubscriptions(-1);
      },
    };
  }

  /** Begins an operation whose answers go to the outlet that is made for it, or says why it may not. */
  start(body: unknown, caller: Caller, outletOf: () => Outlet): Running | RefusedOperation {
    const { gate, access } = this.#options;
    const { principal } = caller.session;
    const admitted = gate.admit(body, { ...access.contextOf(principal, null), address: caller.address });
    return 'errors' in admitted ? admitted : this.run(admitted, caller, outletOf);
  }

  /** The same for one that the gate has let in. */
  run(admitted: AdmittedOperation, caller: Caller, outletOf: () => Outlet): Running | RefusedOperation {
    if (admitted.operation.operation !== OperationTypeNode.SUBSCRIPTION)
      return this.#answer(admitted, caller, outletOf());
    const { principal } = caller.session;
    const limit = this.#options.cap.reached(principal);
    if (limit !== null) return this.refuseMoreThan(limit);
    const known = caller.lastEventId == null ? this.#known.get(admitted, principal) : undefined;
    return known === undefined
      ? this.#subscribe(admitted, caller, outletOf())
      : this.#subscribeAgain(known, principal, outletOf());
  }

  refuseMoreThan(limit: number): RefusedOperation {
    return this.#options.gate.tooMany(limit);
  }

  #answer(admitted: AdmittedOperation, caller: Caller, outlet: Outlet): Running {
    const deadline = startDeadline(this.#options.timeoutMs);
    const contextValue = Object.assign(this.#contextOf(caller, deadline.signal), { begun: new Map() });
    let hasLeft = false;
    const make = async (): Promise<Buffer> => {
      const text = await this.#options.makeText(admitted, contextValue);
      if (text !== null) return Buffer.from(text);
      return bytesOf(this.#formatted(await answered(() => execute({ ...this.#argsOf(admitted), contextValue }))));
    };
    const run = async (): Promise<void> => {
      const bytes = await deadline.run(make);
      if (hasLeft) return;
      outlet.next(bytes, null);
      outlet.complete();
    };
    void run()
      .catch((error: unknown) => hasLeft || outlet.fail(error))
      .finally(() => deadline.end());
    const leave = (): void => {
      hasLeft = true;
      deadline.end();
    };
    return { leave, farewell: async () => undefined };
  }

  /** Without executing it: what it asks for is known. The outlet is not called before this has answered. */
  #subscribeAgain(request: SubscribeRequest, principal: Principal, outlet: Outlet): Running {
    const running = new RunningSubscription(this.#count, principal, null);
    try {
      running.join(this.#options.gateway.subscribe(request, outlet));
    } catch (error) {
      queueMicrotask(() => running.hasLeft || outlet.fail(error));
    }
    return running;
  }

  #subscribe(admitted: AdmittedOperation, caller: Caller, outlet: Outlet): Running {
    const left = new AbortController();
    const contextValue = this.#contextOf(caller, left.signal);
    const running = new RunningSubscription(this.#count, caller.session.principal, left);
    const run = async (): Promise<void> => {
      const source = await answered(() => createSourceEventStream({ ...this.#argsOf(admitted), contextValue }));
      if (running.hasLeft) return;
      if (source instanceof SignalSubscription) return this.#join(source, admitted, caller, running, outlet);
      if (!(Symbol.asyncIterator in source)) {
        outlet.next(bytesOf(this.#formatted(source)), null);
        return outlet.complete();
      }
      await pump(
        source,
        outlet,
        left.signal,
        async (rootValue) => {
          const result = this.#formatted(await execute({ ...this.#argsOf(admitted), contextValue, rootValue }));
          this.#options.onBatch(result.data);
          return bytesOf(result);
        },
        this.#options.flush,
      );
    };
    void run().catch((error: unknown) => running.hasLeft || outlet.fail(error));
    return running;
  }

  #join(
    asked: SignalSubscription,
    admitted: AdmittedOperation,
    { session, lastEventId }: Caller,
    running: RunningSubscription,
    outlet: Outlet,
  ): void {
    const { schema, gateway, access, resolve } = this.#options;
    const group = groupOf({
      ...{ schema, admitted, filter: asked.filter, principal: session.principal },
      render: async (item, principal) => {
        const contextValue = { signal: NEVER, resolve, ...access.contextOf(principal, null) };
        const result = await execute({ ...this.#argsOf(admitted), contextValue, rootValue: item });
        return bytesOf(this.#formatted(result));
      },
    });
    const { after, from, maxBatch } = asked;
    const request = { after, from, maxBatch, group };
    running.join(gateway.subscribe(request, outlet));
    // Where a client comes back to by itself is no part of what it asked for.
    if (group.isShared && lastEventId == null) this.#known.keep(admitted, session.principal, request);
  }

  #argsOf({ document, operation, variables }: AdmittedOperation) {
    const operationName = operation.name?.value ?? null;
    return { schema: this.#options.schema, document, operationName, variableValues: variables };
  }

  #contextOf({ session, lastEventId = null, requestId }: Caller, signal: AbortSignal): StreamContext {
    const { access, resolve } = this.#options;
    return {
      ...{ signal, resolve, lastEventId, ...access.contextOf(session.principal, requestId ?? null) },
      // Made when somebody asks for it: most sessions never need one.
      get ended() {
        return session.ended;
      },
    };
  }

  /** Errors inside a result pass the same formatter as everywhere. */
  #formatted({
    data = null,
    errors,
  }: ExecutionResult | { errors: GraphQLError[]; data?: null }): FormattedExecutionResult {
    return errors === undefined ? { data } : { data, errors: errors.map(this.#options.formatError) };
  }
}

const NEVER = new AbortController().signal;

const bytesOf = (result: FormattedExecutionResult): Buffer => Buffer.from(JSON.stringify(result));
