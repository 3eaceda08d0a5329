import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { type Upstream, upstreams } from '../config/images.ts';
import { nameOf } from '../names.ts';
import { guarded, within } from './options.ts';

export type RegistryArgs = {
  readonly stack: string;
  readonly project: string;
  readonly region: string;
  readonly key: Input<string> | undefined;
  /** Those who may pull: the account of the nodes. */
  readonly reader: Output<string>;
  readonly locked: boolean;
};

const DAY = 86_400;

/** Our images, whose tags never move, and copies of those of others. */
export class Registry extends ComponentResource {
  /** Where our own images are: HOST/PROJECT/REPOSITORY. */
  readonly address: string;
  /** Where copies of others' images are. */
  readonly copies: Readonly<Record<Upstream, string>>;
  readonly images: gcp.artifactregistry.Repository;

  constructor(name: string, args: RegistryArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Registry', name, {}, options);
    const { stack, region, key, locked } = args;
    const child = { parent: this };
    const common = {
      location: region,
      format: 'DOCKER',
      vulnerabilityScanningConfig: { enablementConfig: 'INHERITED' },
      ...(key === undefined ? {} : { kmsKeyName: key }),
    };
    this.images = new gcp.artifactregistry.Repository(
      name,
      {
        ...common,
        repositoryId: nameOf(stack),
        dockerConfig: { immutableTags: true },
        cleanupPolicies,
        cleanupPolicyDryRun: false,
      },
      guarded(child, locked),
    );
    const copies = Object.entries(upstreams).map(([upstream, uri]) => {
      const remote = { description: uri, dockerRepository: { customRepository: { uri } } };
      const settings = {
        ...common,
        repositoryId: nameOf(stack, upstream),
        mode: 'REMOTE_REPOSITORY',
        remoteRepositoryConfig: remote,
      };
      return new gcp.artifactregistry.Repository(`${name}-${upstream}`, settings, child);
    });
    for (const [index, repository] of [this.images, ...copies].entries()) {
      const what = ['images', ...Object.keys(upstreams)][index];
      const grant = {
        repository: repository.id,
        location: region,
        role: 'roles/artifactregistry.reader',
        member: args.reader,
      };
      new gcp.artifactregistry.RepositoryIamMember(`${name}-read-${what}`, grant, within(child, repository));
    }
    this.address = addressOf(args);
    this.copies = copiesOf(args);
    this.registerOutputs({ address: this.address });
  }
}

type Place = { readonly stack: string; readonly project: string; readonly region: string };

/** Known before anything is made, so that the configuration can be checked against it. */
function addressOf({ stack, project, region }: Place): string {
  return `${region}-docker.pkg.dev/${project}/${nameOf(stack)}`;
}

function copiesOf({ stack, project, region }: Place): Readonly<Record<Upstream, string>> {
  const copies = Object.keys(upstreams).map((upstream) => [
    upstream,
    addressOf({ stack: `${stack}-${upstream}`, project, region }),
  ]);
  return Object.fromEntries(copies) as Record<Upstream, string>;
}

/** The last ten stay, whatever their age, so that any recent roll-out can be taken back. */
const cleanupPolicies = [
  { id: 'keep-recent', action: 'KEEP', mostRecentVersions: { keepCount: 10 } },
  { id: 'delete-old', action: 'DELETE', condition: { olderThan: `${90 * DAY}s` } },
];
