import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { nameOf } from '../names.ts';

export type EventsArgs = { readonly stack: string; readonly key: Input<string> | undefined };

/** Where the cloud tells of upgrades and of holes in what we run. */
export class Events extends ComponentResource {
  readonly topic: Output<string>;

  constructor(name: string, { stack, key }: EventsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Events', name, {}, options);
    const settings = {
      name: nameOf(stack, 'cluster-events'),
      messageRetentionDuration: '604800s',
      ...(key === undefined ? {} : { kmsKeyName: key }),
    };
    this.topic = new gcp.pubsub.Topic(name, settings, { parent: this }).id;
    this.registerOutputs({});
  }
}
