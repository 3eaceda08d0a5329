import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { cachePort, names, store, storeSizes } from './store.ts';

/** The user of the image. */
const USER = 999;
/** Of its memory the half: the rest is for what it copies while it writes. */
const MOST_MEGABYTES = storeSizes.cache.memory / 2;

/** Valkey in one pod, with a disk. It holds nothing that the database does not. */
export class Cache extends ComponentResource {
  constructor(name: string, { image }: { readonly image: string }, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Cache', name, {}, options);
    const args = ['--dir', '/data', '--maxmemory', `${MOST_MEGABYTES}mb`, '--maxmemory-policy', 'volatile-lru'];
    store(
      name,
      {
        name: 'cache',
        container: { name: names.cache, image, command: ['valkey-server'], args },
        port: cachePort,
        ready: ['valkey-cli', 'ping'],
        user: USER,
        disks: [{ name: 'data', size: 1, path: '/data' }],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
