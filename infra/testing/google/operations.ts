import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../engine/values.ts';
import type { Cloud } from './cloud.ts';
import type { Product, Style } from './product.ts';

type Done = {
  readonly cloud: Cloud;
  readonly product: Product;
  readonly what: 'create' | 'update' | 'delete';
  /** Path of what it was done to. */
  readonly path: string;
  readonly resource: JsonObject;
};

/** What a product answers when it has done something. Nothing takes time here: every operation is done when it is told of. */
export function done(style: Style, { cloud, product, what, path, resource }: Done): JsonObject {
  if (style === 'plain') return what === 'delete' ? {} : resource;
  const id = style === 'sql' ? randomUUID() : `operation-${cloud.number()}`;
  const place = /^(.*?projects\/[^/]+(?:\/(?:locations|regions|zones)\/[^/]+|\/global)?)/.exec(path)?.[1] ?? '';
  const home = style === 'sql' ? `projects/${cloud.project.id}` : place;
  const name = `${home}/operations/${id}`;
  const version = Object.values(product.endpoints)[0] ?? '';
  const link = (to: string) => `https://${product.host}/${version}${to}`;
  const operation: JsonObject = {
    plain: {},
    longrunning: { name, done: true, ...(what === 'delete' ? { response: {} } : { response: resource }) },
    compute: {
      ...{
        kind: 'compute#operation',
        id: cloud.number(),
        name: id,
        operationType: what === 'create' ? 'insert' : what,
      },
      ...{ status: 'DONE', progress: 100, targetLink: link(path), selfLink: link(name), ...placeOf(place) },
    },
    container: { name: id, operationType: what, status: 'DONE', selfLink: link(name), targetLink: link(path) },
    sql: {
      ...{ kind: 'sql#operation', name: id, operationType: what.toUpperCase(), status: 'DONE' },
      ...{ targetProject: cloud.project.id, targetId: path.split('/')[3] ?? '', targetLink: link(path) },
      selfLink: link(name),
    },
  }[style];
  cloud.operations.set(`//${product.host}/${name}`, operation);
  return operation;
}

function placeOf(place: string): JsonObject {
  const [, kind, name] = /\/(region|zone)s\/([^/]+)$/.exec(place) ?? [];
  return kind === undefined || name === undefined ? {} : { [kind]: `https://www.googleapis.com/compute/v1/${place}` };
}
