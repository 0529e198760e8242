import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PlannedRule } from "../../compile/plan.ts";
import {
  RouteAction_ClusterNotFoundResponseCode as NotFoundCode,
  type RouteActionSchema,
  type WeightedCluster_ClusterWeightSchema,
} from "../../envoy/generated/envoy/config/route/v3/route_components_pb.ts";
import type { PathMatch } from "../../model/match.ts";
import type { Forward, WeightedBackend } from "../../model/rule.ts";
import type { HeaderEdits, Mirror, Step } from "../../model/step.ts";
import { milliseconds } from "../duration.ts";
import type { Init } from "../message-init.ts";
import { type EncodedEdits, foldEdits, requestEdits, responseEdits } from "./header-edits.ts";
import { encodeRewrite } from "./path-rewrite.ts";
import { retryPolicy } from "./retry.ts";
import { million } from "./route-match.ts";
import { splitWeights } from "./weights.ts";

type RouteActionInit = Init<typeof RouteActionSchema>;
type Rewrite = Pick<RouteActionInit, "prefixRewrite" | "regexRewrite">;
type ClusterWeightInit = MessageInitShape<typeof WeightedCluster_ClusterWeightSchema>;

/**
 * Stands in a split for backends that cannot be used. No cluster has this name (theirs begin with the kind of the backend), so that Envoy answers with
 * the route's `cluster_not_found_response_code`: a split cannot hold a direct response.
 */
export const UNUSABLE_BACKEND = "unusable";

const notFoundCodes = new Map([
  [404, NotFoundCode.NOT_FOUND],
  [500, NotFoundCode.INTERNAL_SERVER_ERROR],
  [503, NotFoundCode.SERVICE_UNAVAILABLE],
]);

/** What a rule that forwards comes to. */
export type EncodedForward =
  | {
      readonly kind: "route";
      readonly action: RouteActionInit;
      /** Edits of the route; those of a split stand with its clusters. */
      readonly request: EncodedEdits;
      readonly response: EncodedEdits;
      readonly clusters: readonly string[];
      readonly problems: readonly string[];
    }
  /** Nobody is there to forward to. */
  | { readonly kind: "respond"; readonly status: number };

/** @param afterShare whether the match takes only a share of the traffic. */
export function encodeForward(
  planned: PlannedRule,
  forward: Forward,
  path: PathMatch | undefined,
  afterShare: boolean,
): EncodedForward {
  const chosen = forward.backends.filter((backend) => backend.weight > 0);
  const usable = chosen.filter((backend) => backend.target.kind === "backend");
  if (usable.length === 0) return { kind: "respond", status: unusableStatus(chosen) };
  const problems = foreignSteps(usable).map((kind) => `a backend cannot have a step of its own of the kind ${kind}`);
  const note = (edits: EncodedEdits): EncodedEdits => {
    problems.push(...edits.problems);
    return edits;
  };
  // What is said of the only backend is said of the rule.
  const own = chosen.length === 1 ? [...planned.steps, ...usable.flatMap(({ steps }) => steps)] : planned.steps;
  const target = encodeTarget(chosen, usable, own, afterShare, note);
  const mirrors = own.filter((step) => step.kind === "mirror");
  if (chosen.length > 1 && usable.some(({ steps }) => steps.some((step) => step.kind === "mirror"))) {
    problems.push("the share of one backend among several cannot be mirrored");
  }
  const action: RouteActionInit = {
    ...target.action,
    clusterNotFoundResponseCode: notFoundCodes.get(unusableStatus(chosen)) ?? NotFoundCode.SERVICE_UNAVAILABLE,
    ...timeouts(planned),
    requestMirrorPolicies: mirrors.map(mirrorPolicy),
    upgradeConfigs: forward.upgrades.map((upgradeType) => ({ upgradeType, enabled: true })),
    ...hostRewrite(forward, target.request.host),
    appendXForwardedHost: forward.hostRewrite !== undefined || target.editsHost,
    ...pathRewrite(forward, path, problems),
  };
  const clusters = new Set([...target.clusters, ...mirrors.map((mirror) => mirror.backend)]);
  return {
    kind: "route",
    action,
    request: target.request,
    response: target.response,
    clusters: [...clusters],
    problems,
  };
}

/** Kinds of steps that Envoy cannot carry out for one backend alone. */
function foreignSteps(backends: readonly WeightedBackend[]): Step["kind"][] {
  const kinds = backends.flatMap(({ steps }) => steps.map((step) => step.kind));
  return kinds.filter((kind) => kind !== "request-headers" && kind !== "response-headers" && kind !== "mirror");
}

/** What requests get that fall to a backend that cannot be used; 500 where there is none at all (HTTPRoute backendRefs, all weights zero). */
function unusableStatus(chosen: readonly WeightedBackend[]): number {
  for (const { target } of chosen) if (target.kind === "respond") return target.status;
  return chosen.length === 0 ? 500 : 503;
}

interface EncodedTarget {
  readonly action: RouteActionInit;
  readonly request: EncodedEdits;
  readonly response: EncodedEdits;
  readonly clusters: readonly string[];
  /** Whether edits of headers change the host for any of the clusters. */
  readonly editsHost: boolean;
}

function encodeTarget(
  chosen: readonly WeightedBackend[],
  usable: readonly WeightedBackend[],
  own: readonly Step[],
  afterShare: boolean,
  note: (edits: EncodedEdits) => EncodedEdits,
): EncodedTarget {
  const fold = (edits: readonly HeaderEdits[]) => note(foldEdits(edits));
  const [only] = chosen;
  if (chosen.length === 1 && only?.target.kind === "backend") {
    const request = fold(requestEdits(own));
    return {
      action: { clusterSpecifier: { case: "cluster", value: only.target.backend } },
      request,
      response: fold(responseEdits(own)),
      clusters: [only.target.backend],
      editsHost: request.host !== undefined,
    };
  }
  const perBackend = usable.some((backend) => backend.steps.length > 0);
  const weights = splitWeights(
    chosen.map((backend) => backend.weight),
    afterShare,
  );
  const clusters = chosen.map((backend, index): ClusterWeightInit => {
    const weight = weights[index] ?? 0;
    if (backend.target.kind === "respond") return { name: UNUSABLE_BACKEND, weight };
    if (!perBackend) return { name: backend.target.backend, weight };
    const request = fold([...requestEdits(own), ...requestEdits(backend.steps)]);
    const response = fold([...responseEdits(own), ...responseEdits(backend.steps)]);
    return {
      name: backend.target.backend,
      weight,
      requestHeadersToAdd: request.toAdd,
      requestHeadersToRemove: request.toRemove,
      responseHeadersToAdd: response.toAdd,
      responseHeadersToRemove: response.toRemove,
      ...(request.host === undefined
        ? {}
        : { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: request.host } }),
    };
  });
  const request = fold(perBackend ? [] : requestEdits(own));
  return {
    action: { clusterSpecifier: { case: "weightedClusters", value: { clusters } } },
    request,
    response: fold(perBackend ? [] : responseEdits(own)),
    clusters: usable.flatMap(({ target }) => (target.kind === "backend" ? [target.backend] : [])),
    editsHost: request.host !== undefined || clusters.some((cluster) => cluster.hostRewriteSpecifier !== undefined),
  };
}

/** Every limit is written down: what is left out would be Envoy's 15 seconds. */
function timeouts({ rule }: PlannedRule): RouteActionInit {
  const { requestMs, backendRequestMs, idleMs } = rule.timeouts;
  const retries = rule.retry !== undefined && rule.retry.attempts > 0 ? rule.retry : undefined;
  // With one try, the limit of the try limits the whole request too.
  const whole = retries === undefined ? smallestLimit(requestMs, backendRequestMs) : limit(requestMs);
  return {
    timeout: milliseconds(whole ?? 0),
    ...(idleMs === undefined ? {} : { idleTimeout: milliseconds(idleMs) }),
    ...(retries === undefined ? {} : { retryPolicy: retryPolicy(retries, limit(backendRequestMs)) }),
  };
}

/** Zero stands for no limit, as in Envoy and in the Gateway API. */
function limit(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function smallestLimit(a: number | undefined, b: number | undefined): number | undefined {
  const limits = [limit(a), limit(b)].filter((value) => value !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

function pathRewrite({ pathRewrite: wanted }: Forward, path: PathMatch | undefined, problems: string[]): Rewrite {
  if (wanted === undefined) return {};
  const rewrite = encodeRewrite(wanted, path);
  switch (rewrite.kind) {
    case "none":
      return {};
    case "prefix":
      return { prefixRewrite: rewrite.replacement };
    case "regex":
      return { regexRewrite: rewrite.value };
    case "problem":
      problems.push(rewrite.message);
      return {};
  }
}

function mirrorPolicy({ backend, numerator, denominator }: Mirror) {
  return {
    cluster: backend,
    runtimeFraction: { defaultValue: million(numerator, denominator) },
    // A mirror gets the request as the backend does, its host included, which Envoy would mark with "-shadow".
    disableShadowHostSuffixAppend: true,
  };
}

/** The rule's own rewrite counts; a Host header set by an edit means the same. */
function hostRewrite({ hostRewrite: rewrite }: Forward, edited: string | undefined): RouteActionInit {
  if (rewrite?.kind === "backend-host") {
    return { hostRewriteSpecifier: { case: "autoHostRewrite", value: { value: true } } };
  }
  const literal = rewrite?.value ?? edited;
  return literal === undefined ? {} : { hostRewriteSpecifier: { case: "hostRewriteLiteral", value: literal } };
}
