import type { Context } from "../../incremental/collection.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { Attachment } from "../../model/rule.ts";
import { type Json, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport } from "../../model/status.ts";
import type { StreamBackend, StreamRule } from "../../model/stream-rule.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import { origin } from "../origin.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import type { GatewayCollections } from "./gateways.ts";
import type { StreamRouteKind } from "./kinds.ts";
import { findParents, type Parents } from "./parents.ts";
import { type StreamBackends, streamBackends } from "./stream-backends.ts";

export interface StreamRouteInputs {
  readonly object: SourceObject;
  readonly kind: StreamRouteKind;
  readonly core: CoreCollections;
  readonly options: DialectOptions;
  readonly context: Context;
}

/** What a TLSRoute, TCPRoute or UDPRoute comes to. */
export interface StreamRouteAnalysis {
  readonly rules: readonly StreamRule[];
  /** Keys of the listeners that count it as attached. */
  readonly attachedTo: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  readonly status: StatusReport;
}

/** The block that routes of streams share: the oldest route of a host gets everything (Gateway API v1.6, "Conflicts"). */
const RANK = 0;

/**
 * Parents, rules and status of a TLSRoute, TCPRoute or UDPRoute. A route that an older one leaves nothing to is accepted and counts as attached all
 * the same: nothing is wrong with it.
 */
export function analyseStreamRoute(inputs: StreamRouteInputs, gateways: GatewayCollections): StreamRouteAnalysis {
  const { object, kind, context, options } = inputs;
  const hosts = kind === "TLSRoute" ? listAt(object.body, "spec", "hostnames") : [];
  const names = hosts.filter((host) => typeof host === "string");
  const parents = findParents(object, kind, names, gateways, context);
  const parts = listAt(object.body, "spec", "rules").map((rule, index) => ({
    rule,
    index,
    backends: streamBackends(inputs, rule, index, parents.terminating.length > 0),
  }));
  const rules = parts.flatMap(({ rule, index, backends }) => rulesOf(inputs, parents, rule, index, backends));
  const unresolved = parts.find(({ backends }) => backends.unresolved !== undefined)?.backends.unresolved;
  const resolved =
    unresolved === undefined
      ? met("ResolvedRefs", "ResolvedRefs", "All references are resolved.")
      : unmet("ResolvedRefs", unresolved.reason, unresolved.message);
  const found = parts.flatMap(({ backends }) => backends.diagnostics);
  return {
    rules,
    attachedTo: parents.attachedTo,
    diagnostics: [...parents.diagnostics, ...(parents.results.length === 0 ? [] : found)],
    status: statusOf(object, parents, resolved, options),
  };
}

/** One rule; two where connections are sent elsewhere once their TLS has ended here. */
function rulesOf(
  { object, kind }: StreamRouteInputs,
  parents: Parents,
  rule: Json,
  index: number,
  { passed, terminated }: StreamBackends,
): readonly StreamRule[] {
  const name = textAt(rule, "name");
  const make = (
    suffix: string,
    backends: readonly StreamBackend[],
    attachments: readonly Attachment[],
  ): StreamRule => ({
    key: `${kind.toLowerCase()}/${object.namespace}/${object.name}/${name ?? index}${suffix}`,
    dialect: "gateway-api",
    attachments,
    order: { rank: RANK, specificity: [object.creationTimestamp, `${object.namespace}/${object.name}`, index] },
    backends,
    policyTargets: { object: objectKey(refOf(object)), ...(name === undefined ? {} : { rule: name }) },
    origin: origin(object, "spec", "rules", index),
  });
  const { attachments, terminating } = parents;
  const reencrypts = terminated.some(({ target }, at) => passed[at]?.target !== target);
  const both = reencrypts
    ? [
        make(
          "",
          passed,
          attachments.filter(({ listener }) => !terminating.includes(listener)),
        ),
        make(
          "/terminated",
          terminated,
          attachments.filter(({ listener }) => terminating.includes(listener)),
        ),
      ]
    : [make("", passed, attachments)];
  return both.filter((one) => one.attachments.length > 0);
}

function statusOf(
  object: SourceObject,
  parents: Parents,
  resolved: Condition,
  { gatewayController: controllerName }: DialectOptions,
): StatusReport {
  return {
    object: refOf(object),
    generation: object.generation,
    status: {
      parents: parents.results.map(({ parentRef, accepted }) => ({
        parentRef,
        controllerName,
        conditions: [accepted, resolved].map(conditionValue),
      })),
    },
  };
}
