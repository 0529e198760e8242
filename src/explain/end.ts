import type { PlannedRule } from "../compile/plan.ts";
import type { Backend, BackendTls, EndpointSet } from "../model/backend.ts";
import type { Listener } from "../model/gateway.ts";
import type { Forward, WeightedBackend } from "../model/rule.ts";
import type { BackendTarget, BackendTlsTarget, End, HeaderChange, MatchedPath, Target } from "./explanation.ts";
import type { RoutedRequest } from "./match.ts";
import { editedHeaders, editedHost, redirectLocation, rewritePath } from "./rewrite.ts";

/** Where backends, their endpoints and listeners are looked up. */
export interface PlanLookup {
  readonly listener: (key: string) => Listener | undefined;
  readonly backend: (key: string) => Backend | undefined;
  /** Undefined: endpoints are not known here. */
  readonly endpoints: (set: string) => EndpointSet | undefined;
}

/** What a rule does with a request that its steps let pass. */
export function explainEnd(
  planned: PlannedRule,
  matched: MatchedPath,
  request: RoutedRequest,
  lookup: PlanLookup,
): End {
  const { end } = planned.rule;
  switch (end.kind) {
    case "respond": {
      const respond = { kind: "respond", status: end.status, because: "the rule answers itself" } as const;
      return end.body === undefined ? respond : { ...respond, body: end.body };
    }
    case "redirect": {
      const location = redirectLocation(end, planned.entry, matched, request);
      return { kind: "redirect", status: end.status, location, because: "the rule redirects" };
    }
    case "forward":
      return explainForward(planned, end, matched, request, lookup);
  }
}

function explainForward(
  planned: PlannedRule,
  forward: Forward,
  matched: MatchedPath,
  request: RoutedRequest,
  lookup: PlanLookup,
): End {
  const chosen = forward.backends.filter((backend) => backend.weight > 0);
  if (chosen.length === 0) return { kind: "respond", status: 500, because: "no backend has any weight" };
  const usable = chosen.some(({ target }) => target.kind === "backend");
  const first = chosen[0]?.target;
  if (!usable && first?.kind === "respond") {
    return { kind: "respond", status: first.status, because: "none of the rule's backends can be used" };
  }
  const total = chosen.reduce((sum, backend) => sum + backend.weight, 0);
  const targets = chosen.map(
    (backend): Target => ({
      share: backend.weight / total,
      origin: backend.origin,
      to:
        backend.target.kind === "respond"
          ? { kind: "respond", status: backend.target.status, because: "the backend cannot be used" }
          : explainBackend(planned, forward, backend, backend.target.backend, matched, request, lookup),
    }),
  );
  return { kind: "forward", targets };
}

function explainBackend(
  planned: PlannedRule,
  forward: Forward,
  { steps }: WeightedBackend,
  key: string,
  matched: MatchedPath,
  request: RoutedRequest,
  lookup: PlanLookup,
): BackendTarget {
  const backend = lookup.backend(key);
  const changes = editedHeaders([...planned.steps, ...steps], request);
  const path =
    forward.pathRewrite === undefined ? request.path : rewritePath(forward.pathRewrite, matched, request.path);
  const target: BackendTarget = {
    kind: "backend",
    backend: key,
    protocol: backend?.protocol ?? "unknown",
    authority: authorityFor(forward, backend, changes, request),
    path: path + request.query,
    headers: changes.filter(({ name }) => name !== "host"),
    ...(backend?.tls === undefined ? {} : { tls: explainTls(backend.tls) }),
  };
  return { ...target, ...whereabouts(backend, lookup) };
}

/** Where a backend is reached, as far as that is known. */
export function whereabouts(
  backend: Backend | undefined,
  lookup: PlanLookup,
): Pick<BackendTarget, "resolves" | "endpoints"> {
  if (backend === undefined) return {};
  if (backend.location.kind === "dns") return { resolves: `${backend.location.host}:${backend.location.port}` };
  const found = lookup.endpoints(backend.location.set);
  if (found === undefined) return {};
  return { endpoints: found.endpoints.map(({ address, port, state }) => ({ address, port, state })) };
}

export function explainTls({
  serverName,
  trust,
  subjectAltNames,
  clientCertificate,
  policy,
}: BackendTls): BackendTlsTarget {
  const names = subjectAltNames.map(({ value }) => value);
  return {
    serverName,
    names: names.length === 0 ? [serverName] : names,
    trust: trust.kind === "bundle" ? trust.bundle : trust.kind,
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(policy === undefined ? {} : { policy }),
  };
}

function authorityFor(
  forward: Forward,
  backend: Backend | undefined,
  changes: readonly HeaderChange[],
  request: RoutedRequest,
): string {
  if (forward.hostRewrite?.kind === "literal") return forward.hostRewrite.value;
  if (forward.hostRewrite?.kind === "backend-host" && backend?.location.kind === "dns") return backend.location.host;
  return editedHost(changes) ?? request.authority;
}
