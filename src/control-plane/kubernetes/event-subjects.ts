import { kindDefinitions } from "../../admission/kinds.ts";
import type { Configuration } from "../../config/configuration.ts";
import { textAt } from "../../model/json.ts";
import { kindKey, refOf, type SourceObject } from "../../model/source-object.ts";
import type { StatusReport, StatusValue } from "../../model/status.ts";
import type { EventSubject } from "../../status/events/diagnostic-event.ts";
import type { Pipeline } from "../pipeline.ts";

export interface EventSubjectOptions {
  readonly pipeline: Pick<Pipeline, "intake" | "status">;
  readonly configuration: Pick<Configuration, "ingressController">;
  /** The source whose objects are the cluster's. */
  readonly source: string;
  readonly versionOf: (object: SourceObject) => string | undefined;
}

/** The group of the kinds that nobody else serves. */
const OWN_GROUP = "weir.dev";
const INGRESS_CLASS = kindKey({ group: "networking.k8s.io", kind: "IngressClass" });

/**
 * Finds the objects, by `objectKey`, on which Weir may speak: those of its own kinds, and those on which it has a status to say. What others serve, and
 * what is only referred to (Services, Secrets, endpoints), is left to them; whoever refers to it is told.
 * To be called before the first batch, since it asks for refused objects.
 */
export function eventSubjects(options: EventSubjectOptions): (object: string) => EventSubject | undefined {
  const { pipeline, configuration, source, versionOf } = options;
  const { intake, status } = pipeline;
  const collections = new Map(
    kindDefinitions.map((kind) => [
      kindKey(kind),
      kind.group === OWN_GROUP ? [intake.objects(kind), intake.refused(kind)] : [intake.objects(kind)],
    ]),
  );
  return (key) => {
    const kind = key.split("/", 2).join("/");
    const [object] = (collections.get(kind) ?? []).flatMap((collection) => collection.get(key) ?? []);
    if (object === undefined || object.source !== source) return undefined;
    const ref = refOf(object);
    const isOwnClass =
      kind === INGRESS_CLASS && textAt(object.body, "spec", "controller") === configuration.ingressController;
    if (ref.group !== OWN_GROUP && !isOwnClass && !speaks(status.get(key))) return undefined;
    const resourceVersion = versionOf(object);
    const { apiVersion, uid } = object;
    return { ref, apiVersion, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  };
}

/** Whether a report says something: in lists that several controllers share it says nothing about objects of others. */
function speaks(report: StatusReport | undefined): boolean {
  return report !== undefined && !["parents", "ancestors"].some((shared) => isEmptyList(report.status, shared));
}

function isEmptyList(status: StatusValue, field: string): boolean {
  if (typeof status !== "object" || status === null || Array.isArray(status)) return false;
  const [, list] = Object.entries(status).find(([name]) => name === field) ?? [];
  return Array.isArray(list) && list.length === 0;
}
