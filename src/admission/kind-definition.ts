import type { FieldPath } from "../model/provenance.ts";
import type { Json, JsonObject } from "../model/source-object.ts";

/**
 * The structural subset of OpenAPI v3 that Kubernetes uses for custom resources, with the extensions that merging needs.
 * Written in our own words from the published definitions of each kind.
 */
export interface OpenApiSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly additionalProperties?: OpenApiSchema;
  readonly items?: OpenApiSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly (string | number)[];
  readonly format?: string;
  readonly pattern?: string;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  /** Strategic merge patch, for the built-in kinds that kubectl merges on the client. */
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
}

/** What a rule beyond the schema found: a field, what is wrong with it, what to do. */
export interface RuleViolation {
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong with a body, and where. The message says it about the field and holds no path. */
export interface Violation extends RuleViolation {
  readonly kind: "unknown-field" | "invalid" | "missing" | "type";
}

/** The body as a new object, defaults filled in and unknown fields dropped, and what its schema objects to. */
export interface Fitted {
  readonly object: JsonObject;
  readonly violations: readonly Violation[];
}

export type FitObject = (body: JsonObject) => Fitted;

/** A check that a schema cannot express (the published CEL rules and the API server's own validation, in TypeScript). */
export type ObjectRule = (object: JsonObject) => readonly RuleViolation[];

/** The same for a change: what the new object may not do to the old one (immutable fields). */
export type UpdateRule = (previous: JsonObject, object: JsonObject) => readonly RuleViolation[];

/**
 * A column of `kubectl get`; `value` reads it from the object (status included). The name column is not among them, every kind has
 * it; "date" columns hold an RFC 3339 time, empty where unknown, and are shown as an age.
 */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly description: string;
  /** 0 for columns that are always shown, 1 for `-o wide`. */
  readonly priority: number;
  readonly value: (object: JsonObject) => string | number;
}

/** Everything Weir knows about one kind, whoever defines it: names, shape, defaults (in the schema), rules, columns. */
export interface KindDefinition {
  readonly group: string;
  /** Served versions, the preferred one first; Weir keeps one shape for all of them. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** The schema of the whole object, `apiVersion`, `kind` and `metadata` included: plain data, fit for publication. */
  readonly schema: OpenApiSchema;
  /**
   * What the API server fills in or folds beyond constant defaults (a Service's targetPort, a Secret's stringData).
   * Called with an object that fits the schema, defaults included, before the rules.
   */
  readonly complete?: (object: JsonObject) => JsonObject;
  /**
   * Whether the API server compiles the kind in. For such kinds null means "not given" and repeated items of a list are judged by rules
   * alone; for custom kinds null is a value of the wrong type (unless the field has a default, which takes its place), and a list that
   * says its items are distinct is held to it.
   */
  readonly builtIn: boolean;
  readonly rules: readonly ObjectRule[];
  readonly updateRules: readonly UpdateRule[];
  readonly columns: readonly PrinterColumn[];
  readonly hasStatus: boolean;
  /** Whether values must not appear in messages. */
  readonly confidential: boolean;
  /** What a name of the kind must look like: a DNS subdomain for most, a single label where the name becomes part of a host name. */
  readonly nameFormat: "subdomain" | "label" | "path-segment";
  /** Fits a body to the schema; compiled on first use. */
  readonly fit: FitObject;
}
