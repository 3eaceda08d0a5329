import type { Json, JsonObject } from '../engine/values.ts';
import type { Cloud } from './cloud.ts';

/** What a request asks for, once it is known where it goes. */
export type Call = {
  readonly cloud: Cloud;
  readonly product: Product;
  readonly method: string;
  /** Behind the version, with the project's id: `projects/ID/...`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
};

/** A change that rules are asked about. */
export type Attempt = {
  readonly cloud: Cloud;
  /** Full name. */
  readonly name: string;
  /** What would be there afterwards; what was there, when it is to go. */
  readonly resource: JsonObject;
  readonly before: JsonObject | null;
  readonly query: URLSearchParams;
};

/** Something that Google refuses, and where that is written. */
export type Rule = {
  readonly on: readonly ('create' | 'update' | 'delete')[];
  /** The page or the thread that says so. */
  readonly source: string;
  /** Why it is refused, in Google's words or close to them; null when nothing is wrong. */
  readonly refuses: (attempt: Attempt) => string | null;
  readonly status?: 400 | 403 | 409 | 412;
  readonly reason?: string;
};

/** How a product tells that it has done something. */
export type Style = 'plain' | 'longrunning' | 'compute' | 'container' | 'sql';

/** A kind of resources that are made, read, changed and taken away in the usual way. */
export type Collection = {
  /** Where they are: `projects/{project}/locations/{location}/repositories`. */
  readonly path: string;
  /** What names a new one: a field of what is sent, a parameter of the request, or nobody but Google. */
  readonly id: { readonly field: string } | { readonly parameter: string } | 'assigned' | ((call: Call) => string);
  /** The field in which what is sent is wrapped, where there is one. */
  readonly wrapped?: string;
  readonly style?: Style;
  /** `name` of what is answered: the path, or only its end. */
  readonly named?: 'path' | 'number' | 'id';
  /** What Google fills in where nothing is said. */
  readonly defaults?: JsonObject;
  /** What Google answers beside what was sent, null for what it does not tell; asked after each change too. */
  readonly outputs?: (attempt: Attempt) => JsonObject;
  /** Paths of fields that stay as they were made, and where that is written. */
  readonly immutable?: { readonly fields: readonly string[]; readonly source: string };
  readonly rules?: Readonly<Record<string, Rule>>;
  /** Fields that are taken and never told. */
  readonly secret?: readonly string[];
  /** The field of a list's answer, when it is not the last part of the path. */
  readonly list?: string;
  /** After it was made or taken away. */
  readonly after?: (what: 'create' | 'update' | 'delete', attempt: Attempt) => void;
  /** How long a name cannot be had again. */
  readonly nameKept?: { readonly days: number; readonly source: string };
};

/** A method that is like no other. */
export type Method = {
  /** `GET`, or more of them with a bar between. */
  readonly method: string;
  readonly path: string;
  readonly answer: (call: Call, parts: readonly string[]) => Json;
};

export type Product = {
  /** The first part of its addresses at this server. */
  readonly host: string;
  /** A first part by which it is asked too: a client that shortens what it was told may shorten it by too much. */
  readonly also?: string;
  /** Which variable tells the provider of it, and what its addresses begin with behind the host. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Whether it answers only once it is turned on in the project. */
  readonly always?: true;
  readonly style?: Style;
  readonly collections: readonly Collection[];
  readonly methods?: readonly Method[];
};
