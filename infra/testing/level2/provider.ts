import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import protocol from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { unary } from '../engine/monitor.ts';
import { computedOf } from '../engine/outputs.ts';
import { answered, type JsonObject } from '../engine/values.ts';

/** A provider in this process, which the engine is told to attach to. */
export type StandInProvider = AsyncDisposable & {
  /** What PULUMI_DEBUG_PROVIDERS says of it. */
  readonly attach: string;
};

type Inputs = { getNews(): Struct | undefined };
type Struct = InstanceType<typeof struct.Struct>;

/**
 * Takes every resource of a package as it is asked for: what it makes has the id and outputs that the harness of level 0 gives it, and what is imported
 * is there. So the two runs of one program can be told apart by the engine alone.
 */
export async function startProvider(name: string): Promise<StandInProvider> {
  const server = new Server();
  server.addService(ResourceProviderService, methods());
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, number: number) => (error ? reject(error) : resolve(number));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
  });
  return { attach: `${name}:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

function methods(): UntypedServiceImplementation {
  const checked = unary((request: Inputs) => {
    const response = new protocol.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  });
  const unchanged = unary(() => {
    const response = new protocol.DiffResponse();
    response.setChanges(protocol.DiffResponse.DiffChanges.DIFF_NONE);
    return response;
  });
  const nothing = unary(() => new empty.Empty());
  return {
    attach: nothing,
    cancel: nothing,
    delete: nothing,
    check: checked,
    checkConfig: checked,
    diff: unchanged,
    diffConfig: unchanged,
    handshake: unary(() => new protocol.ProviderHandshakeResponse().setAcceptSecrets(true)),
    configure: unary(() => new protocol.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('1.0.0')),
    create: unary(create),
    read: unary(read),
  };
}

function create(request: InstanceType<typeof protocol.CreateRequest>) {
  const inputs = answered((request.getProperties()?.toJavaScript() ?? {}) as JsonObject) as JsonObject;
  const computed = computedOf(request.getType(), request.getName(), inputs);
  const response = new protocol.CreateResponse();
  const preview = request.getPreview();
  response.setId(preview ? '' : computed.id);
  response.setProperties(structOf(preview ? inputs : { ...inputs, ...computed.outputs }));
  return response;
}

function read(request: InstanceType<typeof protocol.ReadRequest>) {
  const response = new protocol.ReadResponse();
  response.setId(request.getId());
  response.setInputs(structOf({ plain: 'text' }));
  response.setProperties(structOf({ plain: 'text' }));
  return response;
}

const structOf = (value: JsonObject): Struct => struct.Struct.fromJavaScript(value as Record<string, never>);
