import { hash } from "node:crypto";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { diagnosticCodes } from "../../model/diagnostic-codes.ts";
import { isObject, objectAt } from "../../model/json.ts";
import type { FieldPath, Position } from "../../model/provenance.ts";
import {
  type GroupKind,
  groupOf,
  type JsonObject,
  objectKey,
  refOf,
  type SourceObject,
} from "../../model/source-object.ts";
import { type NoObject, objectsOfValue, type WrittenObject } from "./objects-of-value.ts";
import { type DocumentText, splitDocuments } from "./yaml/document-text.ts";
import { placesIn } from "./yaml/position-in-document.ts";
import { type DocumentContent, readDocument, type TextProblem } from "./yaml/read-document.ts";

/** Where an object stands in its file: which part of the text, which document of that part, and the way to it from there. */
export interface ObjectPlace {
  readonly part: number;
  readonly document: number;
  readonly prefix: FieldPath;
}

export interface FoundObject {
  readonly key: string;
  readonly object: SourceObject;
  readonly place: ObjectPlace;
}

/** What one file holds. */
export interface FileContent {
  readonly file: string;
  readonly parts: readonly DocumentText[];
  /** What each part holds, by its text: an edit reads only the parts it touches. */
  readonly read: ReadonlyMap<string, DocumentContent>;
  readonly objects: readonly FoundObject[];
  readonly diagnostics: readonly Diagnostic[];
  /** False if a part could not be read: its objects are unknown then. */
  readonly isWhole: boolean;
}

export interface FileContext {
  /** Identifier of the source. */
  readonly source: string;
  /** Kinds whose objects have no namespace; objects of all others land in "default" if they name none. */
  readonly isClusterScoped: (kind: GroupKind) => boolean;
}

/** Reads the text of a file. `known` holds what was read before, so that unchanged documents are not parsed again. */
export function contentOf(
  file: string,
  text: string,
  context: FileContext,
  known: ReadonlyMap<string, DocumentContent> = new Map(),
): FileContent {
  const parts = splitDocuments(text);
  const read = new Map<string, DocumentContent>();
  const objects: FoundObject[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [part, { text: partText, firstLine }] of parts.entries()) {
    const content = read.get(partText) ?? known.get(partText) ?? readDocument(partText);
    read.set(partText, content);
    if (content.problem !== undefined)
      diagnostics.push(textDiagnostic(context.source, file, firstLine, content.problem));
    for (const { document, value } of content.values) {
      const written = objectsOfValue(value);
      for (const object of written.objects) {
        objects.push(foundObject(object, { part, document, prefix: object.prefix }, context));
      }
      for (const problem of written.problems) {
        const position = positionIn({ file, parts }, { part, document, prefix: [] }, problem.path);
        diagnostics.push(noObjectDiagnostic(context.source, position, problem));
      }
    }
  }
  return {
    file,
    parts,
    read,
    objects,
    diagnostics,
    isWhole: [...read.values()].every((content) => content.problem === undefined),
  };
}

/** The line and column of a field of an object that stands at `place`. Parses the object's part of the file. */
export function positionIn(
  content: Pick<FileContent, "file" | "parts">,
  place: ObjectPlace,
  path: FieldPath,
  placesOf: typeof placesIn = placesIn,
): Position {
  const part = content.parts[place.part];
  if (part === undefined) return { file: content.file, line: 1, column: 1 };
  const { line, column } = placesOf(part.text)(place.document, [...place.prefix, ...path]);
  return { file: content.file, line: part.firstLine + line - 1, column };
}

function foundObject(written: WrittenObject, place: ObjectPlace, context: FileContext): FoundObject {
  const { apiVersion, kind, name, body } = written;
  const isClusterScoped = context.isClusterScoped({ group: groupOf(apiVersion), kind });
  const metadata = objectAt(body, "metadata");
  const object: SourceObject = {
    apiVersion,
    kind,
    namespace: isClusterScoped ? "" : written.namespace || "default",
    name,
    scope: "",
    uid: "",
    generation: 1,
    creationTimestamp: "",
    labels: textsOf(metadata.labels),
    annotations: textsOf(metadata.annotations),
    body,
    source: context.source,
  };
  const key = objectKey(refOf(object));
  return { key, object: { ...object, uid: uidOf(context.source, key) }, place };
}

/** The same object has the same identity after every restart: a name-based UUID (RFC 9562 section 5.8) of its key. */
function uidOf(source: string, key: string): string {
  const digest = hash("sha256", `${source}\n${key}`);
  const variant = ((Number.parseInt(digest[16] ?? "0", 16) & 3) | 8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}

function textsOf(values: JsonObject[string]): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  if (!isObject(values)) return texts;
  for (const [name, value] of Object.entries(values)) if (typeof value === "string") texts[name] = value;
  return texts;
}

function textDiagnostic(source: string, file: string, firstLine: number, problem: TextProblem): Diagnostic {
  const { code, line, column, message, hint } = problem;
  const { severity } = diagnosticCodes[code];
  const position = { file, line: firstLine + line - 1, column };
  const diagnostic: Diagnostic = { code, severity, source, path: [], position, message };
  return hint === undefined ? diagnostic : { ...diagnostic, hint };
}

function noObjectDiagnostic(source: string, position: Position, problem: NoObject): Diagnostic {
  const { severity } = diagnosticCodes.WR0102;
  const { path, message, hint } = problem;
  const diagnostic: Diagnostic = {
    code: "WR0102",
    severity,
    source,
    path,
    position,
    message,
  };
  return hint === undefined ? diagnostic : { ...diagnostic, hint };
}

/** A file that gave no text: too large, not UTF-8, not allowed to be read. */
export function unreadable(source: string, file: string, line: number, message: string, hint?: string): Diagnostic {
  return textDiagnostic(source, file, 1, {
    code: "WR0108",
    line,
    column: 1,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The same object stands in the source twice. */
export function duplicateDiagnostic(found: FoundObject, position: Position, first: Position): Diagnostic {
  const { kind, namespace, name } = found.object;
  const shown = namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  const origin = { source: found.object.source, object: refOf(found.object), path: [] };
  const message = `${shown} is already defined at ${first.file}:${first.line}`;
  return { ...diagnose("WR0103", origin, message, "Remove one of the two."), position };
}
