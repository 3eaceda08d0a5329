import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { quote } from '../../platform/errors.ts';
import { operationsOf } from './document.ts';
import { Refused } from './refusal.ts';

/** The operation of a document that a request is for. */
export function selectOperation(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const all = operationsOf(document);
  if (name === null) {
    const [only, another] = all;
    if (only === undefined) throw unresolved('The document has no operation, expected one');
    if (another !== undefined)
      throw unresolved(`operationName is missing, expected the name of one of the ${all.length} operations`);
    return only;
  }
  const named = all.find((operation) => operation.name?.value === name);
  if (named === undefined) throw unresolved(`operationName is ${quote(name)}, expected the name of an operation`);
  return named;
}

function unresolved(message: string): Refused {
  return new Refused('operations', 'OPERATION_RESOLUTION_FAILURE', message, { isDomain: true });
}
