import type { Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { PolicyTarget } from "../../model/policy.ts";
import { type Json, objectKey, type SourceObject } from "../../model/source-object.ts";
import type { StatusValue } from "../../model/status.ts";
import type { DialectInputs } from "../dialect.ts";
import { origin } from "../origin.ts";
import { gatewayKind, grpcRouteKind, httpRouteKind, ingressKind } from "../route-kinds.ts";

/** One targetRef of a policy. */
export interface TargetReading {
  /** Undefined where the kind is none that a policy can protect. */
  readonly target?: PolicyTarget;
  /** The reference as a status repeats it. */
  readonly ref: StatusValue;
  readonly problem?: Diagnostic;
}

const targetKinds = [gatewayKind, httpRouteKind, grpcRouteKind, ingressKind];

/**
 * Whom a policy is for (GEP-713, in the policy's own namespace). A target that does not exist yet is protected from the moment it does.
 */
export function readTarget(
  object: SourceObject,
  ref: Json,
  index: number,
  { objects, options }: DialectInputs,
  context: Context,
): TargetReading {
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "";
  const name = textAt(ref, "name") ?? "";
  const section = textAt(ref, "sectionName");
  const where = origin(object, "spec", "targetRefs", index);
  const status = {
    group,
    kind,
    namespace: object.namespace,
    name,
    ...(section === undefined ? {} : { sectionName: section }),
  };
  const known = targetKinds.find((candidate) => candidate.kind === kind && candidate.group === group);
  if (known === undefined) {
    const message = `A ${kind}${group === "" ? "" : ` of ${group}`} cannot be protected by a policy.`;
    const hint = `Use one of ${targetKinds.map((candidate) => candidate.kind).join(", ")}.`;
    return { ref: status, problem: diagnose("WR0401", where, message, hint) };
  }
  const key = objectKey({ ...known, namespace: object.namespace, name, scope: object.scope });
  const found = context.get(objects(known), key);
  const gateway = `${object.namespace}/${name}`;
  const target = targetOf(known.kind, key, gateway, section);
  const implied = known === gatewayKind && gateway === options.ingress.defaultGateway;
  if (found === undefined) {
    if (implied && section === undefined) return { ref: status, target };
    const message = `${kind} ${gateway} does not exist.`;
    const hint = "Create it, or correct the name; a policy protects objects of its own namespace.";
    return { ref: status, target, problem: diagnose("WR0401", where, message, hint) };
  }
  if (section === undefined) return { ref: status, target };
  const sections = listAt(found.body, "spec", known === gatewayKind ? "listeners" : "rules").flatMap(
    (item) => textAt(item, "name") ?? [],
  );
  if (sections.includes(section)) return { ref: status, target };
  const what = known === gatewayKind ? "listener" : "rule";
  const message = `${kind} ${gateway} has no ${what} named ${section}.`;
  const hint = sections.length === 0 ? `None of its ${what}s has a name.` : `It has ${sections.join(", ")}.`;
  return {
    ref: status,
    target,
    problem: diagnose("WR0401", origin(object, "spec", "targetRefs", index, "sectionName"), message, hint),
  };
}

function targetOf(kind: string, object: string, gateway: string, section: string | undefined): PolicyTarget {
  if (kind === gatewayKind.kind) {
    return section === undefined ? { kind: "gateway", gateway } : { kind: "listener", gateway, section };
  }
  return section === undefined ? { kind: "route", object } : { kind: "rule", object, rule: section };
}
