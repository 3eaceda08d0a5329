import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import type { Config } from '../config/config.ts';
import { nameOf } from '../names.ts';
import type { Registry } from './registry.ts';

export type AdmissionArgs = Pick<Config, 'stack' | 'project' | 'attestationKey'> & { readonly registry: Registry };

/**
 * Which images the cluster takes: ours once they are signed, copies of others' out of our own registry, those that run the cluster itself,
 * and no other. Without the key that images are signed with, ours are taken unsigned.
 */
class Admission extends ComponentResource {
  constructor(name: string, args: AdmissionArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Admission', name, {}, options);
    const { project, registry } = args;
    const attestor = args.attestationKey === undefined ? undefined : attestorOf(name, args, args.attestationKey, this);
    const unsigned = [...Object.values(registry.copies), ...(attestor === undefined ? [registry.address] : [])];
    new gcp.binaryauthorization.Policy(
      name,
      {
        project,
        description: 'Images of our own registry, ours among them signed where there is a key.',
        // What Google runs in the cluster has a policy of Google's.
        globalPolicyEvaluationMode: 'ENABLE',
        admissionWhitelistPatterns: unsigned.map((address) => ({ namePattern: `${address}/**` })),
        defaultAdmissionRule: {
          enforcementMode: 'ENFORCED_BLOCK_AND_AUDIT_LOG',
          ...(attestor === undefined
            ? { evaluationMode: 'ALWAYS_DENY' }
            : { evaluationMode: 'REQUIRE_ATTESTATION', requireAttestationsBies: [attestor.name] }),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** The policy is one for a whole project, so only a stack with a project of its own has one: those whose images are signed. */
export function admission(config: Config, registry: Registry, options: ComponentResourceOptions): void {
  if (config.signedImages) new Admission('admission', { ...config, registry }, options);
}

function attestorOf(name: string, { stack, project }: AdmissionArgs, publicKeyPem: string, parent: ComponentResource) {
  const hint = { hint: { humanReadableName: 'Built from the main branch' } };
  const note = new gcp.containeranalysis.Note(
    name,
    { name: nameOf(stack, 'built'), project, attestationAuthority: hint },
    { parent },
  );
  return new gcp.binaryauthorization.Attestor(
    name,
    {
      name: nameOf(stack, 'built'),
      project,
      attestationAuthorityNote: {
        noteReference: note.name,
        publicKeys: [{ pkixPublicKey: { publicKeyPem, signatureAlgorithm: 'ECDSA_P256_SHA256' } }],
      },
    },
    { parent, deletedWith: note },
  );
}
