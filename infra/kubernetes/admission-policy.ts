import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import { product } from '../names.ts';

export type AdmissionPolicyArgs = {
  /** What the address of every image must begin with. */
  readonly registry: string;
  readonly cluster: Resource;
};

/** Every container of a pod, whatever it is there for. A debugging container is one too. */
const images = ['containers', 'initContainers', 'ephemeralContainers']
  .map((kind) => `object.spec.?${kind}.orValue([]).map(c, c.image)`)
  .join(' + ');

/** What the API server refuses by itself, whoever asks: a pod of ours that runs what could change under its name, or is somebody else's. */
export class AdmissionPolicy extends ComponentResource {
  constructor(name: string, { registry, cluster }: AdmissionPolicyArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:AdmissionPolicy', name, {}, options);
    const inside = { parent: this, deletedWith: cluster };
    const metadata = { name: `${product}-images` };
    const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
      name,
      {
        metadata,
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: [''],
                apiVersions: ['v1'],
                operations: ['CREATE', 'UPDATE'],
                resources: ['pods', 'pods/ephemeralcontainers'],
              },
            ],
          },
          variables: [{ name: 'images', expression: images }],
          validations: [
            {
              expression: "variables.images.all(image, image.matches('@sha256:[0-9a-f]{64}$'))",
              messageExpression:
                "'images are named by digest: ' + variables.images.filter(image, !image.matches('@sha256:[0-9a-f]{64}$')).join(', ')",
              reason: 'Invalid',
            },
            {
              expression: `variables.images.all(image, image.startsWith('${registry}'))`,
              messageExpression: `'images come from ${registry}: ' + variables.images.filter(image, !image.startsWith('${registry}')).join(', ')`,
              reason: 'Forbidden',
            },
          ],
        },
      },
      inside,
    );
    const ours = { matchLabels: { 'app.kubernetes.io/part-of': product } };
    new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
      name,
      {
        metadata,
        spec: {
          policyName: metadata.name,
          validationActions: ['Deny', 'Audit'],
          matchResources: { namespaceSelector: ours },
        },
      },
      { ...inside, dependsOn: policy },
    );
    this.registerOutputs({});
  }
}
