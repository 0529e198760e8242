import { type Diagnostic, diagnose } from "../model/diagnostic.ts";
import type { DiagnosticCode } from "../model/diagnostic-codes.ts";
import { objectAt } from "../model/json.ts";
import { at, formatPath, type Provenance } from "../model/provenance.ts";
import { groupOf, type JsonObject, refOf, type SourceObject } from "../model/source-object.ts";
import { admit, isFatal } from "./admit.ts";
import { similar } from "./fit/similar.ts";
import type { KindDefinition, Violation } from "./kind-definition.ts";
import { definitionOf, kindDefinitions } from "./kinds.ts";
import { textsOf } from "./metadata.ts";

export interface AdmittedObject {
  /** Absent if the object cannot be used. */
  readonly object?: SourceObject;
  readonly diagnostics: readonly Diagnostic[];
}

const codes: Readonly<Record<Violation["kind"], DiagnosticCode>> = {
  "unknown-field": "WR0105",
  invalid: "WR0106",
  type: "WR0106",
  missing: "WR0107",
};

/**
 * Admission as every source's objects pass it. The result has no status: dialects do not read it, and writing it back must not look
 * like a change. Without a namespace an object of a namespaced kind lands in "default"; a cluster-wide one has none.
 */
export function admitSourceObject(source: SourceObject): AdmittedObject {
  const definition = definitionOf(groupOf(source.apiVersion), source.kind);
  const namespace = definition?.namespaced === false ? "" : source.namespace || "default";
  const located = { ...source, namespace };
  const origin: Provenance = { source: source.source, object: refOf(located), path: [] };
  if (definition === undefined) return { diagnostics: [unknownKind(source, origin)] };
  if (!definition.versions.some((version) => apiVersionOf(definition, version) === source.apiVersion)) {
    return { diagnostics: [unknownVersion(source, definition, origin)] };
  }
  const { object: body, violations } = admit(definition, withoutStatus(definition, source.body));
  const diagnostics = violations.map((violation) => diagnosticOf(violation, origin));
  if (violations.some(isFatal)) return { diagnostics };
  const metadata = objectAt(body, "metadata");
  const placed: JsonObject = { ...body, metadata: definition.namespaced ? { ...metadata, namespace } : metadata };
  return {
    object: {
      ...located,
      labels: textsOf(objectAt(metadata, "labels")),
      annotations: textsOf(objectAt(metadata, "annotations")),
      body: placed,
    },
    diagnostics,
  };
}

function withoutStatus(definition: KindDefinition, body: JsonObject): JsonObject {
  if (!definition.hasStatus || body.status === undefined) return body;
  const { status: _status, ...rest } = body;
  return rest;
}

function diagnosticOf(violation: Violation, origin: Provenance): Diagnostic {
  const message = `${formatPath(violation.path)}: ${violation.message}`;
  return diagnose(codes[violation.kind], at(origin, ...violation.path), message, violation.hint);
}

function apiVersionOf(definition: KindDefinition, version: string | undefined): string {
  return definition.group === "" ? `${version}` : `${definition.group}/${version}`;
}

function unknownKind(source: SourceObject, origin: Provenance): Diagnostic {
  const namesake = kindDefinitions.find((definition) => definition.kind === source.kind);
  const close = similar(
    source.kind,
    kindDefinitions.map((definition) => definition.kind),
  );
  const meant = namesake ?? kindDefinitions.find((definition) => definition.kind === close);
  const hint = meant && `Did you mean apiVersion: ${apiVersionOf(meant, meant.versions[0])}, kind: ${meant.kind}?`;
  const field = namesake === undefined ? "kind" : "apiVersion";
  return diagnose("WR0104", at(origin, field), `${source.apiVersion} ${source.kind}: Weir knows no such kind`, hint);
}

function unknownVersion(source: SourceObject, definition: KindDefinition, origin: Provenance): Diagnostic {
  const versions = definition.versions.map((version) => apiVersionOf(definition, version)).join(" or ");
  const message = `apiVersion: ${source.apiVersion} is no version of ${source.kind} that Weir reads`;
  return diagnose("WR0104", at(origin, "apiVersion"), message, `Use ${versions}.`);
}
