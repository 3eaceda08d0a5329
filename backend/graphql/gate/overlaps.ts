import { type FieldNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { Fragments } from './document.ts';
import { Refused } from './refusal.ts';

/**
 * Bounds the work of the rule of the specification that fields of one answer name can be merged, which compares each with each. Called when
 * the written-out operation is known to be small: it writes it out, level by level, and counts the pairs at each place of the answer.
 */
export function boundOverlaps(operation: OperationDefinitionNode, fragments: Fragments, limit: number): void {
  let pairs = 0;
  const places: SelectionSetNode[][] = [[operation.selectionSet]];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    for (const group of byAnswerName(place, fragments).values()) {
      pairs += (group.length * (group.length - 1)) / 2;
      if (pairs > limit) {
        const message = `The document has more than "${limit}" pairs of fields of one name in one place, expected at most ${limit}`;
        throw new Refused('overlaps', 'DOCUMENT_TOO_COMPLEX', message);
      }
      const below = group.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) places.push(below);
    }
  }
}

function byAnswerName(sets: readonly SelectionSetNode[], fragments: Fragments): Map<string, FieldNode[]> {
  const groups = new Map<string, FieldNode[]>();
  const open = [...sets];
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const group = groups.get(name);
        if (group === undefined) groups.set(name, [selection]);
        else group.push(selection);
        continue;
      }
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragments.get(selection.name.value)?.selectionSet
          : selection.selectionSet;
      if (inner !== undefined) open.push(inner);
    }
  }
  return groups;
}
