import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import protocol from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { unary } from '../engine/monitor.ts';
import { computedOf } from '../engine/outputs.ts';
import { answered, isObject, type Json, type JsonObject } from '../engine/values.ts';

type Made = { readonly id: string; readonly inputs: JsonObject; readonly outputs: JsonObject };
/** The one input that cannot change, which nothing but a fixture has. */
const FIXED = 'fixedForEver';
type Call = { getUrn(): string; getPreview?(): boolean };
/** A call has come; it is done, and the engine has not heard of it. */
export type Moment = 'asked' | 'unheard';
type Struct = InstanceType<typeof struct.Struct>;

/**
 * A provider in this process, to which the engine is told to attach. It takes every resource of some packages as it is asked for, keeps it, and gives it
 * the outputs that the harness of level 0 gives it. It knows no rule of any cloud but one, that nothing is made twice: what it shows is what the engine
 * does with a program, in which order, and that the same again is the same.
 */
export class StandIn implements AsyncDisposable {
  /** What exists, by URN. */
  readonly made = new Map<string, Made>();
  /** Whose calls fail, as those of an interface that is down would. */
  refuses: (urn: string) => boolean = () => false;
  /** By id: what exists that was not made here, and can be imported. */
  others: (id: string) => JsonObject | null = () => null;
  /** Hears of each call that makes, changes or removes something, before and after it is done. */
  meets: (urn: string, moment: Moment) => void = () => undefined;
  /** Whether it has ended, as the plugin of an engine that is killed does: it does nothing more. */
  dead = false;
  readonly #server = new Server();
  #port = 0;

  static async start(): Promise<StandIn> {
    const standIn = new StandIn();
    standIn.#server.addService(ResourceProviderService, standIn.#methods());
    standIn.#port = await new Promise<number>((resolve, reject) => {
      const bound = (error: Error | null, number: number) => (error ? reject(error) : resolve(number));
      standIn.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
    });
    return standIn;
  }

  /** What PULUMI_DEBUG_PROVIDERS says of it. */
  attached(packages: readonly string[]): string {
    return packages.map((name) => `${name}:${this.#port}`).join(',');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }

  #methods(): UntypedServiceImplementation {
    const nothing = unary(() => new empty.Empty());
    const checked = unary((request: { getNews(): Struct | undefined }) =>
      new protocol.CheckResponse().setInputs(request.getNews()),
    );
    return {
      attach: nothing,
      cancel: nothing,
      check: checked,
      checkConfig: checked,
      diffConfig: unary(() => difference(true)),
      handshake: unary(() => new protocol.ProviderHandshakeResponse().setAcceptSecrets(true)),
      configure: unary(() => new protocol.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
      getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('1.0.0')),
      diff: unary((request: InstanceType<typeof protocol.DiffRequest>) => {
        const [before, after] = [valuesOf(request.getOldInputs()), valuesOf(request.getNews())];
        const same = canonical(before) === canonical(after);
        return difference(same).setReplacesList(before[FIXED] === after[FIXED] ? [] : [FIXED]);
      }),
      create: this.#changing((request: InstanceType<typeof protocol.CreateRequest>) => this.#create(request)),
      read: this.#guarded((request: InstanceType<typeof protocol.ReadRequest>) => this.#read(request)),
      update: this.#changing((request: InstanceType<typeof protocol.UpdateRequest>) => this.#update(request)),
      delete: this.#changing((request: InstanceType<typeof protocol.DeleteRequest>) => {
        this.made.delete(request.getUrn());
        return new empty.Empty();
      }),
    };
  }

  #changing<Request extends Call, Answer>(answer: (request: Request) => Answer) {
    return this.#guarded((request: Request) => {
      if (request.getPreview?.()) return answer(request);
      if (!this.dead) this.meets(request.getUrn(), 'asked');
      if (this.dead) throw new Error('it has ended');
      const given = answer(request);
      this.meets(request.getUrn(), 'unheard');
      return given;
    });
  }

  #guarded<Request extends { getUrn(): string }, Answer>(answer: (request: Request) => Answer) {
    return unary((request: Request) => {
      if (this.refuses(request.getUrn())) throw new Error('the interface does not answer');
      return answer(request);
    });
  }

  #create(request: InstanceType<typeof protocol.CreateRequest>) {
    const urn = request.getUrn();
    const made = describe(request.getType(), request.getName(), valuesOf(request.getProperties()));
    if (request.getPreview()) return new protocol.CreateResponse().setProperties(request.getProperties());
    if (this.made.has(urn)) throw new Error(`${made.id} already exists`);
    this.made.set(urn, made);
    return new protocol.CreateResponse().setId(made.id).setProperties(structOf(made.outputs));
  }

  #read(request: InstanceType<typeof protocol.ReadRequest>) {
    const response = new protocol.ReadResponse();
    const others = this.others(request.getId());
    const found = this.made.get(request.getUrn()) ?? (others && { inputs: others, outputs: others });
    if (!found) return response;
    return response.setId(request.getId()).setInputs(structOf(found.inputs)).setProperties(structOf(found.outputs));
  }

  #update(request: InstanceType<typeof protocol.UpdateRequest>) {
    const made = describe(request.getType(), request.getName(), valuesOf(request.getNews()));
    if (!request.getPreview()) this.made.set(request.getUrn(), { ...made, id: request.getId() });
    return new protocol.UpdateResponse().setProperties(structOf(made.outputs));
  }
}

function describe(type: string, name: string, inputs: JsonObject): Made {
  const { id, outputs } = computedOf(type, name, inputs);
  return { id: id === '' ? `${type}::${name}` : id, inputs, outputs: { ...inputs, ...outputs } };
}

function difference(same: boolean) {
  const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
  return new protocol.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
}

/** Secrets stay secrets. */
function valuesOf(values: Struct | undefined): JsonObject {
  return answered((values?.toJavaScript() ?? {}) as JsonObject) as JsonObject;
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_key, inner: Json) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

const structOf = (value: JsonObject): Struct => struct.Struct.fromJavaScript(value as Record<string, never>);
