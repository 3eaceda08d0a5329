import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, interpolate } from '@pulumi/pulumi';
import type { Config } from '../config/config.ts';
import { accountId, nameOf } from '../names.ts';
import { within } from './options.ts';

export type FederationArgs = {
  readonly stack: string;
  /** OWNER/NAME at GitHub. */
  readonly repository: string;
  /** Where its images go. */
  readonly images: gcp.artifactregistry.Repository;
};

/** Lets the main branch of one repository push images: it proves where it runs, and has no key. */
class Federation extends ComponentResource {
  constructor(name: string, { stack, repository, images }: FederationArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Federation', name, {}, options);
    const child = { parent: this };
    const pool = new gcp.iam.WorkloadIdentityPool(
      name,
      { workloadIdentityPoolId: nameOf(stack, 'ci').slice(0, 32) },
      child,
    );
    new gcp.iam.WorkloadIdentityPoolProvider(
      name,
      {
        workloadIdentityPoolId: pool.workloadIdentityPoolId,
        workloadIdentityPoolProviderId: 'github',
        oidc: { issuerUri: 'https://token.actions.githubusercontent.com' },
        attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
        // Without it any repository in the world could ask.
        attributeCondition: `assertion.repository == '${repository}' && assertion.ref == 'refs/heads/main'`,
      },
      within(child, pool),
    );
    const account = new gcp.serviceaccount.Account(
      name,
      { accountId: accountId(stack, 'ci'), description: 'Pushes images.' },
      child,
    );
    const member = interpolate`principalSet://iam.googleapis.com/${pool.name}/attribute.repository/${repository}`;
    new gcp.serviceaccount.IAMMember(
      name,
      { serviceAccountId: account.name, role: 'roles/iam.workloadIdentityUser', member },
      within(child, account),
    );
    new gcp.artifactregistry.RepositoryIamMember(
      name,
      {
        repository: images.id,
        location: images.location,
        role: 'roles/artifactregistry.writer',
        member: account.member,
      },
      within(child, images),
    );
    this.registerOutputs({});
  }
}

/** A stack whose images are pushed by hand has none. */
export function federation(
  { stack, repository }: Pick<Config, 'stack' | 'repository'>,
  images: gcp.artifactregistry.Repository,
  options: ComponentResourceOptions,
): void {
  if (repository !== undefined) new Federation('federation', { stack, repository, images }, options);
}
