import { Server, ServerCredentials } from '@grpc/grpc-js';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { monitor, type Told, unary } from './monitor.ts';

/** An engine on this machine that registers whatever a program asks for, and does nothing. */
export type Engine = AsyncDisposable & {
  readonly address: string;
  readonly told: Told;
  /** What the program logged as an error or a warning. */
  readonly messages: readonly string[];
};

export async function startEngine(program: { project: string; stack: string; preview: boolean }): Promise<Engine> {
  const { methods, told } = monitor(program);
  const messages: string[] = [];
  const server = new Server();
  server.addService(ResourceMonitorService, { ...methods });
  server.addService(EngineService, engineMethods(messages));
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, number: number) => (error ? reject(error) : resolve(number));
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), bound);
  });
  return {
    address: `127.0.0.1:${port}`,
    told,
    messages,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

function engineMethods(messages: string[]) {
  let root = '';
  return {
    log: unary((request: InstanceType<typeof engine.LogRequest>) => {
      if (request.getSeverity() >= engine.LogSeverity.WARNING) messages.push(request.getMessage());
      return new empty.Empty();
    }),
    setRootResource: unary((request: InstanceType<typeof engine.SetRootResourceRequest>) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
    getRootResource: unary(() => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    startDebugging: unary(() => new empty.Empty()),
    requirePulumiVersion: unary(() => new engine.RequirePulumiVersionResponse()),
  };
}
