import { type handleUnaryCall, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import protocol from '@pulumi/pulumi/proto/resource_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { type Captured, capture, objectOf } from './captured.ts';
import { type Computed, computedOf } from './outputs.ts';
import { answered, type Json, type JsonObject, readable, unknown } from './values.ts';

/** What the program told the monitor. */
export type Told = {
  readonly resources: Captured[];
  /** Outputs of components and of the stack, by URN. */
  readonly outputs: Map<string, JsonObject>;
  /** What a program that can be previewed without an account does not do: calls of functions, reads of what exists. */
  readonly refused: string[];
};

/** The features of the engine of today, except those that would call back into the program, which ours does not use. */
const features = [
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  protocol.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
];

type Program = { readonly project: string; readonly stack: string; readonly preview: boolean };
type Method = UntypedServiceImplementation[string];

/** The methods of the resource monitor. In a preview what is computed stays unknown; else it gets a plausible value. */
export function monitor(program: Program): { readonly methods: Readonly<Record<string, Method>>; readonly told: Told } {
  const told: Told = { resources: [], outputs: new Map(), refused: [] };
  const refuse = <Request>(what: (request: Request) => string): Method =>
    unary((request: Request) => {
      told.refused.push(what(request));
      throw new Error(`${what(request)}: this program must not ask for what exists`);
    });

  const methods = {
    getDeploymentInfo: unary(() => deploymentInfo(program)),
    supportsFeature: unary(() => new protocol.SupportsFeatureResponse()),
    registerResource: unary((request: Requests['Register']) => register(request, program, told)),
    registerResourceOutputs: unary((request: Requests['Outputs']) => {
      const outputs = (request.getOutputs()?.toJavaScript() ?? {}) as JsonObject;
      told.outputs.set(request.getUrn(), readable(outputs) as JsonObject);
      return new empty.Empty();
    }),
    signalAndWaitForShutdown: unary(() => new empty.Empty()),
    invoke: refuse((request: Requests['Invoke']) => `invoke ${request.getTok()}`),
    call: refuse((request: Requests['Call']) => `call ${request.getTok()}`),
    readResource: refuse((request: Requests['Read']) => `read ${request.getType()} ${request.getName()}`),
    existsResource: refuse(() => 'exists'),
    registerStackTransform: refuse(() => 'stack transform'),
    registerStackInvokeTransform: refuse(() => 'invoke transform'),
    registerResourceHook: refuse(() => 'resource hook'),
    registerErrorHook: refuse(() => 'error hook'),
    registerPackage: refuse(() => 'parameterized package'),
  };
  return { methods, told };
}

/** Answers with what a function gives, and with the text of what it throws. */
export function unary<Request, Answer>(answer: (request: Request) => Answer): handleUnaryCall<Request, Answer> {
  return (call, callback) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      callback({ code: status.UNKNOWN, message: error instanceof Error ? error.message : String(error) });
    }
  };
}

type Requests = {
  Register: InstanceType<typeof protocol.RegisterResourceRequest>;
  Outputs: InstanceType<typeof protocol.RegisterResourceOutputsRequest>;
  Invoke: InstanceType<typeof protocol.ResourceInvokeRequest>;
  Call: InstanceType<typeof protocol.ResourceCallRequest>;
  Read: InstanceType<typeof protocol.ReadResourceRequest>;
};

function deploymentInfo({ project, stack, preview }: Program): InstanceType<typeof protocol.DeploymentInfo> {
  const info = new protocol.DeploymentInfo();
  info.setProject(project);
  info.setStack(stack);
  info.setDryrun(preview);
  info.setSupportedfeaturesList(features);
  return info;
}

function register(request: Requests['Register'], program: Program, told: Told) {
  const urn = urnOf(request, program);
  const twice = told.resources.some((resource) => resource.urn === urn);
  if (twice) throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);

  const sent = answered(objectOf(request)) as JsonObject;
  const computed = request.getCustom() ? computedOf(request.getType(), request.getName(), sent) : none;
  told.resources.push(capture(request, urn, computed.id));

  const response = new protocol.RegisterResourceResponse();
  response.setUrn(urn);
  // In a preview the id is not known either, which the protocol says by an empty text.
  response.setId(program.preview && !isProvider(request.getType()) ? '' : computed.id);
  const outputs = program.preview ? hidden(computed.outputs) : computed.outputs;
  response.setObject(struct.Struct.fromJavaScript({ ...sent, ...outputs } as Record<string, never>));
  return response;
}

const none: Computed = { id: '', outputs: {} };
const isProvider = (type: string) => type.startsWith('pulumi:providers:');
const hidden = (outputs: JsonObject) =>
  Object.fromEntries(Object.keys(outputs).map((name): [string, Json] => [name, unknown]));

// The types of all parents are part of it, except that of the stack: a resource that changes its parent changes its URN.
function urnOf(request: Requests['Register'], { project, stack }: Program): string {
  const parents = request.getParent().split('::')[2] ?? '';
  const prefix = parents === '' || parents === 'pulumi:pulumi:Stack' ? '' : `${parents}$`;
  return `urn:pulumi:${stack}::${project}::${prefix}${request.getType()}::${request.getName()}`;
}
