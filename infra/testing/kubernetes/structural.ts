/** Words that structural schemas are written in, as the API server reads them (OpenAPI 3, no more than a CustomResourceDefinition takes). */
export type Schema = { readonly [key: string]: unknown };

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
const DURATION: Schema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h|d|w|y))+$' };

export function object(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

export function map(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function open(): Schema {
  return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function whole(minimum: number, maximum?: number): Schema {
  return { type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) };
}

export function name(): Schema {
  return { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };
}

export function named(): Schema {
  return { type: 'string', minLength: 1, maxLength: 253 };
}

export function target(): Schema {
  return object({ group: text, kind: named(), name: named(), namespace: text }, ['group', 'kind', 'name']);
}

export function portOfCheck(): Record<string, Schema> {
  const portSpecification = oneOf('USE_FIXED_PORT', 'USE_NAMED_PORT', 'USE_SERVING_PORT');
  return { port: whole(1, 65_535), portName: text, portSpecification };
}

export function httpCheck(): Schema {
  const requestPath = { type: 'string', pattern: "^/[A-Za-z0-9/\\-._~%!?$&'()*+,;=:]*$" };
  return object({ ...portOfCheck(), host: text, requestPath, response: text, proxyHeader: oneOf('NONE', 'PROXY_V1') });
}

export function selector(): Schema {
  const expression = object({
    key: text,
    operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values: list(text),
  });
  return object({ matchLabels: map(text), matchExpressions: list(expression) });
}

export function endpoint(): Schema {
  const properties = {
    port: { 'x-kubernetes-int-or-string': true },
    interval: DURATION,
    timeout: DURATION,
    path: text,
    scheme: oneOf('http', 'https'),
    params: map(list(text)),
    metricRelabeling: list(open()),
  };
  return object(properties, ['port', 'interval']);
}

export function ruleGroup(): Schema {
  const rule = {
    record: text,
    alert: text,
    expr: { type: 'string', minLength: 1 },
    for: DURATION,
    labels: map(text),
    annotations: map(text),
  };
  return object({ name: named(), interval: DURATION, rules: list(object(rule, ['expr'])) }, ['name', 'rules']);
}
