import type { Diagnostic } from "../model/diagnostic.ts";
import { type DiagnosticCode, diagnosticCodes, type Severity } from "../model/diagnostic-codes.ts";
import { isObject, listAt, numberAt, textAt, valueAt } from "../model/json.ts";
import { groupOf, type Json, type ObjectRef } from "../model/source-object.ts";
import type { ApiClient } from "./api-client.ts";

/** All diagnostics of a running Weir. Those with codes that this program does not know are left out: it is older then. */
export async function fetchDiagnostics(client: ApiClient): Promise<readonly Diagnostic[]> {
  const answer = await client.send({ method: "GET", path: "/weir/v1/diagnostics" });
  return listAt(answer).flatMap((entry) => readDiagnostic(entry) ?? []);
}

/** Whether a diagnostic is about this object. */
export function isAbout(diagnostic: Diagnostic, object: Json): boolean {
  const { object: about } = diagnostic;
  return (
    about !== undefined &&
    about.kind === textAt(object, "kind") &&
    about.group === groupOf(textAt(object, "apiVersion") ?? "") &&
    about.name === textAt(object, "metadata", "name") &&
    about.namespace === (textAt(object, "metadata", "namespace") ?? "")
  );
}

/** A diagnostic in an answer of the API; undefined where its code is not known here. */
export function readDiagnostic(entry: Json): Diagnostic | undefined {
  const code = textAt(entry, "code");
  const message = textAt(entry, "message");
  if (code === undefined || message === undefined || !isCode(code)) return undefined;
  const hint = textAt(entry, "hint");
  const source = textAt(entry, "source");
  const file = textAt(entry, "position", "file");
  const line = numberAt(entry, "position", "line") ?? 1;
  const column = numberAt(entry, "position", "column") ?? 1;
  const object = valueAt(entry, "object");
  return {
    code,
    severity: severityOf(textAt(entry, "severity"), code),
    path: listAt(entry, "path").filter((step) => typeof step === "string" || typeof step === "number"),
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(source === undefined ? {} : { source }),
    ...(file === undefined ? {} : { position: { file, line, column } }),
    ...(isObject(object) ? { object: readRef(object) } : {}),
  };
}

function readRef(object: Json): ObjectRef {
  const text = (name: string): string => textAt(object, name) ?? "";
  return {
    group: text("group"),
    kind: text("kind"),
    namespace: text("namespace"),
    name: text("name"),
    scope: text("scope"),
  };
}

function isCode(code: string): code is DiagnosticCode {
  return Object.hasOwn(diagnosticCodes, code);
}

function severityOf(text: string | undefined, code: DiagnosticCode): Severity {
  return text === "error" || text === "warning" || text === "info" ? text : diagnosticCodes[code].severity;
}
