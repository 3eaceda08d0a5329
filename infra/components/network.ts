import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Cidr } from '../arithmetic/cidr.ts';
import { networkPlan } from '../arithmetic/network.ts';
import { nameOf } from '../names.ts';
import { firewall } from './network-firewall.ts';
import { privateNames } from './network-names.ts';
import { type Child, guarded } from './options.ts';

export type NetworkArgs = {
  readonly stack: string;
  readonly region: string;
  readonly project: string;
  /** A /14 that everything in the network is cut out of. */
  readonly addresses: Cidr;
  /** Whether the network refuses to be deleted. */
  readonly locked: boolean;
};

/** Names of the secondary ranges of the subnet; a cluster refers to them by name. */
export const ranges = { pods: 'pods', services: 'services' } as const;

/** A network of one region: no machine in it has a public address, and it is left through a few fixed ones. */
export class Network extends ComponentResource {
  readonly id: Output<string>;
  readonly subnet: Output<string>;
  /** The addresses that others see and may allow. */
  readonly egressAddresses: readonly Output<string>[];
  /** What must be there before a database or a cache can have an address in here. */
  readonly serviceConnections: readonly gcp.networkconnectivity.ServiceConnectionPolicy[];

  constructor(name: string, args: NetworkArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Network', name, {}, options);
    const child = { parent: this };
    const plan = networkPlan(args.addresses);
    const network = vpc(name, args, child);

    const subnet = new gcp.compute.Subnetwork(
      `${name}-nodes`,
      {
        name: nameOf(args.stack, 'nodes'),
        network: network.id,
        region: args.region,
        ipCidrRange: plan.nodes,
        privateIpGoogleAccess: true,
        secondaryIpRanges: [
          { rangeName: ranges.pods, ipCidrRange: plan.pods },
          { rangeName: ranges.services, ipCidrRange: plan.services },
        ],
        logConfig: { aggregationInterval: 'INTERVAL_5_SEC', flowSampling: 0.5, metadata: 'INCLUDE_ALL_METADATA' },
      },
      guarded(child, args.locked),
    );
    const endpoints = new gcp.compute.Subnetwork(
      `${name}-endpoints`,
      {
        name: nameOf(args.stack, 'endpoints'),
        network: network.id,
        region: args.region,
        ipCidrRange: plan.endpoints,
        privateIpGoogleAccess: true,
      },
      guarded(child, args.locked),
    );
    new gcp.compute.Subnetwork(
      `${name}-proxies`,
      {
        name: nameOf(args.stack, 'proxies'),
        network: network.id,
        region: args.region,
        ipCidrRange: plan.proxies,
        purpose: 'REGIONAL_MANAGED_PROXY',
        role: 'ACTIVE',
      },
      child,
    );

    firewall(name, { stack: args.stack, network: network.id, plan }, child);
    privateNames(name, { stack: args.stack, network: network.id }, child);
    this.id = network.id;
    this.subnet = subnet.id;
    this.egressAddresses = egress(name, args, network, child);
    this.serviceConnections = serviceConnections(name, args, network, endpoints, child);
    this.registerOutputs({ id: this.id, subnet: this.subnet, egressAddresses: this.egressAddresses });
  }
}

function vpc(name: string, { stack, locked }: NetworkArgs, child: Child): gcp.compute.Network {
  const network = new gcp.compute.Network(
    name,
    {
      name: nameOf(stack),
      autoCreateSubnetworks: false,
      deleteDefaultRoutesOnCreate: true,
      routingMode: 'GLOBAL',
      bgpBestPathSelectionMode: 'STANDARD',
      mtu: 1460,
    },
    guarded(child, locked),
  );
  // The only way out, and only by translation: no machine has an address that it could be reached at.
  new gcp.compute.Route(
    `${name}-out`,
    {
      name: nameOf(stack, 'out'),
      network: network.id,
      destRange: '0.0.0.0/0',
      nextHopGateway: 'default-internet-gateway',
      priority: 1000,
    },
    child,
  );
  return network;
}

/** Two, so that one can be drained while the other stays; a broker that allows addresses knows both. */
const EGRESS_ADDRESSES = 2;

function egress(name: string, { stack, region, locked }: NetworkArgs, network: gcp.compute.Network, child: Child) {
  const addresses = Array.from({ length: EGRESS_ADDRESSES }, (_, index) => {
    const address = { name: nameOf(stack, 'egress', String(index)), region, addressType: 'EXTERNAL' };
    return new gcp.compute.Address(`${name}-egress-${index}`, address, guarded(child, locked));
  });
  const router = new gcp.compute.Router(`${name}-router`, { name: nameOf(stack), region, network: network.id }, child);
  new gcp.compute.RouterNat(
    `${name}-nat`,
    {
      name: nameOf(stack),
      router: router.name,
      region,
      natIpAllocateOption: 'MANUAL_ONLY',
      natIps: addresses.map(({ selfLink }) => selfLink),
      sourceSubnetworkIpRangesToNat: 'ALL_SUBNETWORKS_ALL_IP_RANGES',
      enableDynamicPortAllocation: true,
      enableEndpointIndependentMapping: false,
      minPortsPerVm: 64,
      maxPortsPerVm: 4096,
      logConfig: { enable: true, filter: 'ERRORS_ONLY' },
    },
    child,
  );
  return addresses.map(({ address }) => address);
}

const serviceClasses = { database: 'google-cloud-sql', cache: 'gcp-memorystore' } as const;

function serviceConnections(
  name: string,
  { stack, region }: NetworkArgs,
  network: gcp.compute.Network,
  endpoints: gcp.compute.Subnetwork,
  child: Child,
) {
  return Object.entries(serviceClasses).map(([what, serviceClass]) => {
    const policy = {
      name: nameOf(stack, what),
      location: region,
      network: network.id,
      serviceClass,
      pscConfig: { subnetworks: [endpoints.id] },
    };
    return new gcp.networkconnectivity.ServiceConnectionPolicy(`${name}-${what}`, policy, child);
  });
}
