import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode, visit } from 'graphql';
import { type Fragments, fragmentsOf, isIntrospection, operationsOf } from './document.ts';
import { INTROSPECTION_DEPTH, type Limits } from './limits.ts';
import { boundOverlaps } from './overlaps.ts';
import { Refused, type Rule } from './refusal.ts';
import { refuseNul } from './variables.ts';

/** Holds a document to the limits of its shape, before anything that takes longer the larger it is. No fragment is written out for it. */
export function checkShape(document: DocumentNode, limits: Limits): void {
  const counts = countNodes(document);
  for (const [rule, unit] of COUNTED) {
    if (counts[rule] > limits[rule]) throw tooMany(rule, `"${counts[rule]}" ${unit}, expected at most ${limits[rule]}`);
  }
  const fragments = fragmentsOf(document);
  const measures = new Measures(fragments, limits);
  for (const operation of operationsOf(document)) {
    const { depth, fields, roots } = measures.ofOperation(operation);
    if (depth > limits.depth) throw tooMany('depth', `"${depth}" levels of fields, expected at most ${limits.depth}`);
    if (roots > limits.rootFields)
      throw tooMany('rootFields', `"${roots}" fields at its root, expected at most ${limits.rootFields}`);
    if (fields > limits.expandedFields) {
      throw tooMany(
        'expandedFields',
        `"${fields}" fields with its fragments written out, expected at most ${limits.expandedFields}`,
      );
    }
    boundOverlaps(operation, fragments, limits.overlaps);
  }
}

const COUNTED = [
  ['operations', 'operations'],
  ['fragments', 'fragments'],
  ['directives', 'directives'],
  ['aliases', 'aliases'],
  ['repetitions', 'fields that are asked for again'],
] as const satisfies readonly (readonly [Rule & keyof Limits, string])[];
type Counts = Record<(typeof COUNTED)[number][0], number>;

function countNodes(document: DocumentNode): Counts {
  const counts: Counts = { operations: 0, fragments: 0, directives: 0, aliases: 0, repetitions: 0 };
  visit(document, {
    OperationDefinition: () => void counts.operations++,
    FragmentDefinition: () => void counts.fragments++,
    Directive: () => void counts.directives++,
    StringValue: ({ value }) => refuseNul(value),
    // A field under its own name is asked for as it would be without.
    Field({ alias, name }) {
      if (alias !== undefined && alias.value !== name.value) counts.aliases++;
    },
    SelectionSet(set) {
      counts.repetitions += repetitionsIn(set);
    },
  });
  return counts;
}

function repetitionsIn({ selections }: SelectionSetNode): number {
  const keys = selections.map((selection) => {
    if (selection.kind === Kind.FIELD) return (selection.alias ?? selection.name).value;
    return selection.kind === Kind.FRAGMENT_SPREAD ? `...${selection.name.value}` : null;
  });
  const named = keys.filter((key) => key !== null);
  return named.length - new Set(named).size;
}

type Measure = { readonly depth: number; readonly fields: number; readonly roots: number };
const NOTHING: Measure = { depth: 0, fields: 0, roots: 0 };
const ONE_FIELD: Measure = { depth: 1, fields: 1, roots: 1 };

/** Each fragment is measured once, however often it is spread. */
class Measures {
  readonly #fragments: Fragments;
  readonly #limits: Limits;
  readonly #measured = new Map<string, Measure>();
  readonly #open = new Set<string>();

  constructor(fragments: Fragments, limits: Limits) {
    this.#fragments = fragments;
    this.#limits = limits;
    // Also those that nothing spreads: validation reads them too.
    for (const name of fragments.keys()) this.#ofFragment(name);
  }

  ofOperation({ selectionSet }: OperationDefinitionNode): Measure {
    return this.#ofSet(selectionSet);
  }

  #ofFragment(name: string): Measure {
    const known = this.#measured.get(name);
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    // One that does not exist is for validation to tell; until then its spreads multiply like those of any other.
    if (fragment === undefined) return ONE_FIELD;
    if (this.#open.has(name)) throw tooMany('fragments', 'a fragment that spreads itself, expected none that does');
    this.#open.add(name);
    const measure = this.#ofSet(fragment.selectionSet);
    this.#open.delete(name);
    this.#measured.set(name, measure);
    return measure;
  }

  #ofSet(set: SelectionSetNode): Measure {
    let [depth, fields, roots] = [0, 0, 0];
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet === undefined ? NOTHING : this.#ofSet(selection.selectionSet);
        depth = Math.max(depth, 1 + this.#levelsOf(selection.name.value, inner.depth));
        fields += 1 + inner.fields;
        roots += 1;
        continue;
      }
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.#ofFragment(selection.name.value)
          : this.#ofSet(selection.selectionSet);
      depth = Math.max(depth, inner.depth);
      fields += inner.fields;
      roots += inner.roots;
    }
    return { depth, fields, roots };
  }

  /** The levels below a field; introspection has an allowance of its own. */
  #levelsOf(name: string, levels: number): number {
    if (!isIntrospection(name)) return levels;
    return levels <= INTROSPECTION_DEPTH ? 0 : Math.max(levels, this.#limits.depth);
  }
}

function tooMany(rule: Rule, what: string): Refused {
  return new Refused(rule, 'DOCUMENT_TOO_COMPLEX', `The document has ${what}`);
}
