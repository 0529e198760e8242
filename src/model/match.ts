/**
 * What a request must look like: a boolean expression over predicates. Dialects say what they mean; compile turns the expression
 * into alternatives of conjunctions, which is what a route table can hold.
 */
export type Match =
  | { readonly kind: "all"; readonly of: readonly Match[] }
  | { readonly kind: "any"; readonly of: readonly Match[] }
  | { readonly kind: "not"; readonly of: Match }
  | Predicate;

export type Predicate =
  | { readonly kind: "path"; readonly path: PathMatch }
  | { readonly kind: "method"; readonly method: string }
  | { readonly kind: "header"; readonly name: string; readonly value: ValueMatch }
  | { readonly kind: "query"; readonly name: string; readonly value: ValueMatch }
  | { readonly kind: "cookie"; readonly name: string; readonly value: ValueMatch }
  | { readonly kind: "client-address"; readonly cidrs: readonly string[] }
  | { readonly kind: "server-name"; readonly names: readonly string[] }
  /** A random share of the traffic, `numerator` in `denominator`. */
  | { readonly kind: "share"; readonly numerator: number; readonly denominator: number };

export type PathMatch =
  | { readonly kind: "exact"; readonly value: string }
  /** Element-wise: "/foo" matches "/foo" and "/foo/bar", not "/foobar". Written without a trailing slash, "/" for everything. */
  | { readonly kind: "segment-prefix"; readonly value: string }
  | { readonly kind: "string-prefix"; readonly value: string }
  /** RE2, matching the whole path. */
  | { readonly kind: "regex"; readonly value: string; readonly ignoreCase?: boolean };

export type ValueMatch =
  | { readonly kind: "exact"; readonly value: string; readonly ignoreCase?: boolean }
  | { readonly kind: "prefix"; readonly value: string }
  | { readonly kind: "suffix"; readonly value: string }
  | { readonly kind: "contains"; readonly value: string }
  /** RE2, matching the whole value. */
  | { readonly kind: "regex"; readonly value: string }
  | { readonly kind: "present" };
