import { createHash } from "node:crypto";
import { microTime } from "../../kubernetes/micro-time.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { type DiagnosticCode, diagnosticCodes } from "../../model/diagnostic-codes.ts";
import { formatPath } from "../../model/provenance.ts";
import type { JsonObject, ObjectRef } from "../../model/source-object.ts";

/** An object that Events are about, as the API server knows it. */
export interface EventSubject {
  readonly ref: ObjectRef;
  readonly apiVersion: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

/** Who says it. */
export interface EventReporter {
  /** A qualified name, `domain/component`. */
  readonly controller: string;
  /** The replica. */
  readonly instance: string;
}

/** Something that is the case with an object, and the one Event that tells it. */
export interface Occurrence {
  readonly subject: EventSubject;
  readonly diagnostic: Diagnostic;
  readonly namespace: string;
  readonly name: string;
}

/** Longest note (events.k8s.io/v1, Event.note), in bytes. */
const LONGEST_NOTE = 1024;
const LONGEST_NAME = 253;
const LONGEST_INSTANCE = 128;

/**
 * Errors and warnings of one object, each with the name of its Event. The name follows from the object, the code and the message, so that whoever tells
 * the same a second time meets the first Event; a message that several fields deserve is told once, for the first of them.
 */
export function occurrencesOf(subject: EventSubject, diagnostics: readonly Diagnostic[]): readonly Occurrence[] {
  const found = new Map<string, Occurrence>();
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity === "info") continue;
    const name = eventName(subject, diagnostic);
    // Events of objects without a namespace stand in this one.
    const namespace = subject.ref.namespace === "" ? "default" : subject.ref.namespace;
    if (!found.has(name)) found.set(name, { subject, diagnostic, namespace, name });
  }
  return [...found.values()];
}

function eventName({ ref, uid }: EventSubject, { code, message }: Diagnostic): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([uid, code, message]))
    .digest("hex")
    .slice(0, 16);
  const start = ref.name.slice(0, LONGEST_NAME - hash.length - 1).replace(/[^a-z0-9]+$/, "");
  return `${start}.${hash}`;
}

/** The Event that tells it for the first time. */
export function eventOf(
  { subject, diagnostic, namespace, name }: Occurrence,
  by: EventReporter,
  time: Date,
): JsonObject {
  const { ref, apiVersion, uid, resourceVersion } = subject;
  const fieldPath = formatPath(diagnostic.path);
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name, namespace },
    type: "Warning",
    reason: reasonOf(diagnostic.code),
    action: "Serve",
    note: noteOf(diagnostic),
    eventTime: microTime(time),
    reportingController: by.controller,
    reportingInstance: by.instance.slice(0, LONGEST_INSTANCE),
    regarding: {
      apiVersion,
      kind: ref.kind,
      name: ref.name,
      uid,
      ...(ref.namespace === "" ? {} : { namespace: ref.namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(fieldPath === "" ? {} : { fieldPath }),
    },
  };
}

/** The title of a code as Kubernetes writes reasons: "missing service" is `MissingService`. */
export function reasonOf(code: DiagnosticCode): string {
  return diagnosticCodes[code].title
    .replaceAll("'", "")
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function noteOf({ code, message, hint }: Diagnostic): string {
  const whole = [`${code} ${message}`, ...(hint === undefined ? [] : [hint])].map(sentence).join(" ");
  const bytes = Buffer.from(whole);
  if (bytes.length <= LONGEST_NOTE) return whole;
  // A character that the cut divides is left out, and so is what the decoder puts in its place.
  return `${bytes
    .subarray(0, LONGEST_NOTE - 3)
    .toString()
    .replace(/\uFFFD$/, "")}…`;
}

function sentence(text: string): string {
  return /[.!?:)]$/.test(text) ? text : `${text}.`;
}
