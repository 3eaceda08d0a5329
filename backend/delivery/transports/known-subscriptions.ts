import type { Principal } from '../../access/principal.ts';
import type { SubscribeRequest } from '../gateway/gateway.ts';
import type { AdmittedOperation } from './ports.ts';

/**
 * What operations asked the gateway for that were executed before. The gate answers the same request with the same operation, so that the next client who asks
 * for it need not execute it to find that out. By audience: whether it may be asked for depends on the permissions, and they are all in there.
 */
export class KnownSubscriptions {
  readonly #known = new WeakMap<AdmittedOperation, Map<string, SubscribeRequest>>();
  readonly #audiences = new WeakMap<Principal, string>();

  get(admitted: AdmittedOperation, principal: Principal): SubscribeRequest | undefined {
    return this.#known.get(admitted)?.get(this.#audienceOf(principal));
  }

  keep(admitted: AdmittedOperation, principal: Principal, request: SubscribeRequest): void {
    const ofAudiences = this.#known.get(admitted) ?? new Map<string, SubscribeRequest>();
    this.#known.set(admitted, ofAudiences.set(this.#audienceOf(principal), request));
  }

  #audienceOf(principal: Principal): string {
    const known = this.#audiences.get(principal);
    if (known !== undefined) return known;
    const audience = JSON.stringify([principal.kind, principal.tenant, principal.permissions.toSorted()]);
    this.#audiences.set(principal, audience);
    return audience;
  }
}
