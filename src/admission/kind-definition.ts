import type { Json, JsonObject } from "../model/source-object.ts";
import type { FieldPath } from "../model/provenance.ts";

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
  readonly enum?: readonly string[];
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

/** A check that a schema cannot express (the published CEL rules and the API server's own validation, in TypeScript). */
export type ObjectRule = (object: JsonObject) => readonly RuleViolation[];

/** A column of `kubectl get`; `value` reads it from the object (status included). */
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
  /** The schema of the whole object; `metadata` is filled in by the admission room. */
  readonly schema: OpenApiSchema;
  readonly rules: readonly ObjectRule[];
  readonly columns: readonly PrinterColumn[];
  readonly hasStatus: boolean;
}
