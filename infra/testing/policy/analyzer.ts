import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import protocol from '@pulumi/pulumi/proto/analyzer_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import type { Seen } from '../../policy/rule.ts';

/** A policy pack in a process of its own, started by the script that the engine starts it by, and asked as the engine asks. */
export type Analyzer = AsyncDisposable & {
  readonly policies: () => Promise<readonly string[]>;
  /** Every resource in turn, then the stack. Gives `policy: URN` for what was found. */
  readonly judge: (stack: readonly Seen[]) => Promise<readonly string[]>;
};

const MINUTE = 60_000;
/** In both directions: a stack is larger than the four megabytes of the default. */
const LIMITS = { 'grpc.max_send_message_length': 64 << 20, 'grpc.max_receive_message_length': 64 << 20 };

export async function startAnalyzer(): Promise<Analyzer> {
  const script = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack/index.js');
  const folder = join(import.meta.dirname, '../../policy');
  const child = spawn(process.execPath, [script, '127.0.0.1:0', folder], { cwd: folder, timeout: 5 * MINUTE });
  const port = await new Promise<string>((resolve, reject) => {
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (said: string) => (errors += said));
    child.stdout.setEncoding('utf8').once('data', (said: string) => resolve(said.trim()));
    child.once('exit', (code) => reject(new Error(`the policy pack ended with ${code}: ${errors}`)));
  });
  const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure(), LIMITS);
  return {
    policies: () => policiesOf(client),
    judge: async (stack) => {
      const found: string[] = [];
      for (const seen of stack) found.push(...(await analyze(client, seen)));
      return [...found, ...(await analyzeStack(client, stack))];
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      child.kill('SIGKILL');
    },
  };
}

function policiesOf(client: AnalyzerClient): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    client.getAnalyzerInfo(new empty.Empty(), (error, info) =>
      error ? reject(error) : resolve(info.getPoliciesList().map((policy) => policy.getName())),
    );
  });
}

function analyze(client: AnalyzerClient, seen: Seen): Promise<string[]> {
  const request = new protocol.AnalyzeRequest();
  request.setType(seen.type);
  request.setUrn(seen.urn);
  request.setName(seen.name);
  request.setProperties(struct.Struct.fromJavaScript(seen.props as Record<string, never>));
  request.setOptions(optionsOf(seen));
  const provider = providerOf(seen);
  if (provider) request.setProvider(provider);
  return new Promise((resolve, reject) => {
    client.analyze(request, (error, response) => (error ? reject(error) : resolve(foundIn(response))));
  });
}

function analyzeStack(client: AnalyzerClient, stack: readonly Seen[]): Promise<string[]> {
  const request = new protocol.AnalyzeStackRequest();
  request.setResourcesList(
    stack.map((seen) => {
      const resource = new protocol.AnalyzerResource();
      resource.setType(seen.type);
      resource.setUrn(seen.urn);
      resource.setName(seen.name);
      resource.setProperties(struct.Struct.fromJavaScript(seen.props as Record<string, never>));
      resource.setOptions(optionsOf(seen));
      return resource;
    }),
  );
  return new Promise((resolve, reject) => {
    client.analyzeStack(request, (error, response) => (error ? reject(error) : resolve(foundIn(response))));
  });
}

function foundIn(response: InstanceType<typeof protocol.AnalyzeResponse>): string[] {
  return response.getDiagnosticsList().map((found) => `${found.getPolicyname()}: ${found.getUrn()}`);
}

function optionsOf({ protect, ignoreChanges }: Seen) {
  const options = new protocol.AnalyzerResourceOptions();
  options.setProtect(protect);
  options.setIgnorechangesList([...ignoreChanges]);
  return options;
}

function providerOf({ provider }: Seen) {
  if (provider === undefined) return null;
  const told = new protocol.AnalyzerProviderResource();
  const urn = provider.split('::').slice(0, 4).join('::');
  told.setUrn(urn);
  told.setType(urn.split('::')[2] ?? '');
  told.setName(urn.split('::')[3] ?? '');
  told.setProperties(new struct.Struct());
  return told;
}
