import type { Collection, Context, Entry, Group } from "../../incremental/collection.ts";
import type { Graph } from "../../incremental/graph.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import { type GroupKind, type Json, objectKey, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport } from "../../model/status.ts";
import { type BackendTlsPolicy, type BackendTlsTarget, firstFor } from "../core/backend-tls.ts";
import type { CoreCollections, DialectInputs } from "../dialect.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import { gatewayGroup } from "./kinds.ts";

/** PolicyStatus.ancestors holds no more. */
const mostAncestors = 16;

/** What is told about BackendTLSPolicies; what they do is settled with the services, for all dialects (`core/backend-tls.ts`). */
export interface PolicyReports {
  /** By `objectKey`. */
  readonly status: Collection<StatusReport>;
  /** By `objectKey`. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
}

/** That routes of a gateway name a service. */
interface Use {
  readonly service: string;
  readonly gateway: string;
}

/**
 * Status of the policies: one entry for each Gateway with a route to one of their targets (GEP-713).
 * @param routes by `objectKey`, with the keys of the listeners that each is attached to.
 */
export function reportBackendTlsPolicies(
  { graph, objects, core, options }: DialectInputs,
  routeKinds: readonly GroupKind[],
  routes: Collection<{ readonly attachedTo: readonly string[] }>,
): PolicyReports {
  const users = usesOf(graph, routeKinds, objects, core, routes);
  const policies = core.backendTlsPolicies;
  const status = graph.derive<BackendTlsPolicy, StatusReport>(
    "gateway-api/policy-status",
    policies,
    (policy, _, context) => [
      [objectKey(policy.object), statusOf(policy, users, core, options.gatewayController, context)],
    ],
  );
  const diagnostics = graph.derive<BackendTlsPolicy, readonly Diagnostic[]>(
    "gateway-api/policy-diagnostics",
    policies,
    (policy, _, context) => {
      const found = policy.targets.flatMap((target) => diagnoseTarget(policy, target, core, context));
      return found.length === 0 ? [] : [[objectKey(policy.object), found]];
    },
  );
  return { status, diagnostics };
}

/** However many routes of a gateway lead to a service, a further one costs its policies nothing. Services without a policy are not looked at. */
function usesOf(
  graph: Graph,
  routeKinds: readonly GroupKind[],
  objects: DialectInputs["objects"],
  core: CoreCollections,
  routes: Collection<{ readonly attachedTo: readonly string[] }>,
): Group<Use> {
  const named = routeKinds.map((kind) =>
    graph.derive<SourceObject, readonly Use[]>(
      `gateway-api/policed-services-of-${kind.kind}`,
      objects(kind),
      (object, key, context) => {
        const services = servicesOf(object).filter((name) => context.group(core.backendTlsByService, name).length > 0);
        if (services.length === 0) return [];
        const listeners = context.get(routes, key)?.attachedTo ?? [];
        const gateways = [...new Set(listeners.map(gatewayOf))];
        return [[key, services.flatMap((service) => gateways.map((gateway) => ({ service, gateway })))]];
      },
    ),
  );
  const byPair = graph.group(
    "gateway-api/routes-to-policed-services",
    graph.join("gateway-api/policed-services", named),
    (uses) => uses.map(({ service, gateway }) => `${service}|${gateway}`),
  );
  const pairs = graph.derive<unknown, Use>("gateway-api/policed-service-uses", byPair, (_, pair) => {
    const bar = pair.indexOf("|");
    return [[pair, { service: pair.slice(0, bar), gateway: pair.slice(bar + 1) }]];
  });
  return graph.group("gateway-api/policed-service-users", pairs, ({ service }) => [service]);
}

/** The first two parts of a listener's key name its Gateway. */
function gatewayOf(listener: string): string {
  return listener.split("/", 2).join("/");
}

/** The Services that a route names as backends or for mirrors. */
function servicesOf(route: SourceObject): readonly string[] {
  const refs = listAt(route.body, "spec", "rules").flatMap((rule) => [
    ...listAt(rule, "backendRefs"),
    ...[rule, ...listAt(rule, "backendRefs")].flatMap((holder) =>
      listAt(holder, "filters").flatMap((filter): readonly Json[] => {
        const ref = valueAt(filter, "requestMirror", "backendRef");
        return ref === undefined ? [] : [ref];
      }),
    ),
  ]);
  const services = refs.filter(
    (ref) => (textAt(ref, "group") ?? "") === "" && (textAt(ref, "kind") ?? "Service") === "Service",
  );
  const names = services.map((ref) => `${textAt(ref, "namespace") ?? route.namespace}/${textAt(ref, "name") ?? ""}`);
  return [...new Set(names)];
}

function statusOf(
  policy: BackendTlsPolicy,
  users: Group<Use>,
  core: CoreCollections,
  controllerName: string,
  context: Context,
): StatusReport {
  const targetsOf = new Map<string, BackendTlsTarget[]>();
  for (const target of policy.targets) {
    for (const { value } of context.group(users, target.service)) {
      const list = targetsOf.get(value.gateway);
      if (list === undefined) targetsOf.set(value.gateway, [target]);
      else list.push(target);
    }
  }
  const gateways = [...targetsOf].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostAncestors);
  return {
    object: policy.object,
    generation: policy.generation,
    status: {
      ancestors: gateways.map(([gateway, targets]) => {
        const [namespace = "", name = ""] = gateway.split("/");
        return {
          ancestorRef: { group: gatewayGroup, kind: "Gateway", namespace, name },
          controllerName,
          conditions: [acceptedThrough(policy, targets, core, context), resolvedRefs(policy)].map(conditionValue),
        };
      }),
    },
  };
}

/** Whether the policy counts for at least one of the targets that a Gateway has routes to. */
function acceptedThrough(
  policy: BackendTlsPolicy,
  targets: readonly BackendTlsTarget[],
  core: CoreCollections,
  context: Context,
): Condition {
  if (policy.rejection !== undefined) return unmet("Accepted", policy.rejection.reason, policy.rejection.message);
  const problems = targets.map((target) => targetProblem(policy, target, core, context));
  const [first] = problems;
  if (first === undefined || problems.includes(undefined))
    return met("Accepted", "Accepted", "The policy is followed.");
  return unmet("Accepted", first.reason, first.message);
}

function resolvedRefs({ unresolved }: BackendTlsPolicy): Condition {
  if (unresolved !== undefined) return unmet("ResolvedRefs", unresolved.reason, unresolved.message);
  return met("ResolvedRefs", "ResolvedRefs", "All references are resolved.");
}

interface TargetProblem {
  readonly reason: "TargetNotFound" | "Conflicted";
  readonly message: string;
}

function targetProblem(
  policy: BackendTlsPolicy,
  { service: key, section }: BackendTlsTarget,
  core: CoreCollections,
  context: Context,
): TargetProblem | undefined {
  const service = context.get(core.services, key);
  if (service === undefined) return { reason: "TargetNotFound", message: `Service ${key} does not exist.` };
  if (section !== "" && !service.ports.some((port) => port.name === section)) {
    return { reason: "TargetNotFound", message: `Service ${key} has no port named ${section}.` };
  }
  const rivals: readonly Entry<BackendTlsPolicy>[] = context.group(core.backendTlsByService, key);
  const winner = firstFor(key, section, rivals);
  if (winner === undefined || winner.key === policy.key) return undefined;
  const what = section === "" ? `Service ${key}` : `port ${section} of Service ${key}`;
  return { reason: "Conflicted", message: `BackendTLSPolicy ${winner.key} takes precedence for ${what}.` };
}

function diagnoseTarget(
  policy: BackendTlsPolicy,
  target: BackendTlsTarget,
  core: CoreCollections,
  context: Context,
): readonly Diagnostic[] {
  const problem = targetProblem(policy, target, core, context);
  if (problem === undefined) return [];
  const where = { source: policy.source, object: policy.object, path: ["spec", "targetRefs", target.index] };
  return problem.reason === "TargetNotFound"
    ? [diagnose("WR0401", where, problem.message, "Create it, or correct the name.")]
    : [diagnose("WR0403", where, problem.message, "Remove one of the two.")];
}
