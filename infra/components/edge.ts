import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { dashboardsHost, nameOf } from '../names.ts';
import { edgeRules } from './edge-rules.ts';
import { type Child, guarded } from './options.ts';

export type EdgeArgs = { readonly stack: string; readonly domain: string; readonly locked: boolean };

/** What stands in front of the service: its name, its certificate, its address, and what is not let through. */
export class Edge extends ComponentResource {
  /** Names that the gateway in the cluster refers to. */
  readonly certificateMap: Output<string>;
  readonly address: Output<string>;
  readonly ip: Output<string>;
  readonly securityPolicy: Output<string>;
  readonly tlsPolicy: Output<string>;
  /** To be entered where the domain is registered. */
  readonly nameServers: Output<string[]>;

  constructor(name: string, args: EdgeArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Edge', name, {}, options);
    const child = { parent: this };
    const { stack, domain, locked } = args;
    const zone = new gcp.dns.ManagedZone(
      name,
      {
        name: nameOf(stack),
        dnsName: `${domain}.`,
        description: `Names of ${domain}`,
        dnssecConfig: { state: 'on', nonExistence: 'nsec3', defaultKeySpecs },
        cloudLoggingConfig: { enableLogging: true },
        forceDestroy: false,
      },
      guarded(child, locked),
    );
    const address = new gcp.compute.GlobalAddress(
      name,
      { name: nameOf(stack), addressType: 'EXTERNAL' },
      guarded(child, locked),
    );
    const record = (what: string, type: string, rrdatas: (string | Output<string>)[]) =>
      new gcp.dns.RecordSet(
        `${name}-${what}`,
        { managedZone: zone.name, name: `${domain}.`, type, ttl: 300, rrdatas },
        child,
      );
    record('address', 'A', [address.address]);
    const dashboards = { managedZone: zone.name, name: `${dashboardsHost(domain)}.`, type: 'A', ttl: 300 };
    new gcp.dns.RecordSet(`${name}-dashboards`, { ...dashboards, rrdatas: [address.address] }, child);
    // Only Google may issue certificates for this name.
    record('issuers', 'CAA', ['0 issue "pki.goog"', '0 issuewild ";"']);

    this.certificateMap = certificates(name, args, zone, child);
    this.address = address.name;
    this.ip = address.address;
    this.nameServers = zone.nameServers;
    const tls = { name: nameOf(stack), profile: 'MODERN', minTlsVersion: 'TLS_1_2' };
    this.tlsPolicy = new gcp.compute.SSLPolicy(name, tls, child).name;
    this.securityPolicy = securityPolicy(name, stack, child);
    this.registerOutputs({ nameServers: this.nameServers });
  }
}

const defaultKeySpecs = ['keySigning', 'zoneSigning'].map((keyType) => ({
  keyType,
  algorithm: 'ecdsap256sha256',
  keyLength: 256,
}));

/** For the service, and for the dashboards. */
function certificates(name: string, args: EdgeArgs, zone: gcp.dns.ManagedZone, child: Child): Output<string> {
  const { stack, domain } = args;
  const map = new gcp.certificatemanager.CertificateMap(name, { name: nameOf(stack) }, child);
  certificate(name, { id: nameOf(stack), host: domain }, { zone, map }, child);
  const second = { id: nameOf(stack, 'dashboards'), host: dashboardsHost(domain) };
  certificate(`${name}-dashboards`, second, { zone, map }, child);
  return map.name;
}

type Places = { readonly zone: gcp.dns.ManagedZone; readonly map: gcp.certificatemanager.CertificateMap };

/** Proved by a record of the zone, so that it is there before anything answers under the name. */
function certificate(
  name: string,
  { id, host }: { id: string; host: string },
  { zone, map }: Places,
  child: Child,
): void {
  const proof = new gcp.certificatemanager.DnsAuthorization(name, { name: id, domain: host }, child);
  const shown = proof.dnsResourceRecords.apply(([record]) => ({
    name: record?.name ?? '',
    type: record?.type ?? '',
    data: record?.data ?? '',
  }));
  new gcp.dns.RecordSet(
    `${name}-proof`,
    { managedZone: zone.name, name: shown.name, type: shown.type, ttl: 300, rrdatas: [shown.data] },
    child,
  );
  const issued = new gcp.certificatemanager.Certificate(
    name,
    { name: id, managed: { domains: [host], dnsAuthorizations: [proof.id] } },
    child,
  );
  const entry = { name: id, map: map.name, hostname: host, certificates: [issued.id] };
  new gcp.certificatemanager.CertificateMapEntry(name, entry, child);
}

function securityPolicy(name: string, stack: string, child: Child): Output<string> {
  const settings = {
    name: nameOf(stack),
    type: 'CLOUD_ARMOR',
    description: 'What does not get to the service.',
    adaptiveProtectionConfig: { layer7DdosDefenseConfig: { enable: true } },
    advancedOptionsConfig: { jsonParsing: 'STANDARD_WITH_GRAPHQL', logLevel: 'NORMAL' },
    rules: edgeRules,
  };
  return new gcp.compute.SecurityPolicy(name, settings, child).name;
}
