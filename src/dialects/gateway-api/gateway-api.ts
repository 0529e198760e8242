import type { Collection, Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Listener } from "../../model/gateway.ts";
import type { Rule } from "../../model/rule.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { StreamRule } from "../../model/stream-rule.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import type { Dialect, DialectInputs, DialectOutputs } from "../dialect.ts";
import { origin } from "../origin.ts";
import { reportBackendTlsPolicies } from "./backend-tls-policy.ts";
import { gatewayStatus } from "./gateway.ts";
import { gatewayClassStatus, isOwnClass } from "./gateway-class.ts";
import { type GatewayCollections, readGateways } from "./gateways.ts";
import { translateGrpcRules } from "./grpc-route.ts";
import { findHostConflicts } from "./host-conflicts.ts";
import { translateHttpRules } from "./http-route.ts";
import {
  gatewayClassKind,
  gatewayKind,
  grpcRouteKind,
  httpRouteKind,
  listenerSetKind,
  type RouteKind,
  tcpRouteKind,
  tlsRouteKind,
  udpRouteKind,
} from "./kinds.ts";
import { listenerSetStatus } from "./listener-set.ts";
import { classParametersPath, type ParameterCollections, problemOf, readParameters } from "./parameters.ts";
import { proxyClassKind } from "./proxy-class.ts";
import { readProxyRequests } from "./proxy-requests.ts";
import { analyseRoute, type RouteAnalysis, type SettledRoute, settleRoute, type TranslateRules } from "./route.ts";
import { readStreamRoutes } from "./stream-routes.ts";

/**
 * Gateway API v1.6: GatewayClass, Gateway, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute; ReferenceGrant is among the core kinds. An edit of a route runs that
 * route again and, where it attaches elsewhere, the status of its Gateways; an edit of a Gateway runs the routes that name it.
 */
export const gatewayApi: Dialect = {
  name: "gateway-api",
  kinds: [
    gatewayClassKind,
    gatewayKind,
    httpRouteKind,
    grpcRouteKind,
    tlsRouteKind,
    tcpRouteKind,
    udpRouteKind,
    listenerSetKind,
    proxyClassKind,
  ],
  translate,
};

function translate(inputs: DialectInputs): DialectOutputs {
  const { graph, objects, options } = inputs;
  const parameters = readParameters(inputs);
  const gateways = readGateways(inputs, parameters);
  const analysed = graph.join("gateway-api/analysed-routes", [
    readRoutes(inputs, gateways, "HTTPRoute", translateHttpRules),
    readRoutes(inputs, gateways, "GRPCRoute", translateGrpcRules),
  ]);
  const losses = findHostConflicts(graph, analysed);
  const routes = graph.derive<RouteAnalysis, SettledRoute>("gateway-api/routes", analysed, (route, key, context) => {
    const lostOn = new Map(
      route.parents.attachments.flatMap(({ listener }) => {
        const loss = context.get(losses, `${key}|${listener}`);
        return loss === undefined ? [] : [[listener, loss] as const];
      }),
    );
    return [[key, settleRoute(route, options.gatewayController, lostOn)]];
  });
  const streams = readStreamRoutes(inputs, gateways);
  const allRoutes = graph.join<Pick<SettledRoute, "attachedTo" | "status" | "diagnostics">>("gateway-api/all-routes", [
    routes,
    streams,
  ]);
  const attachments = graph.derive("gateway-api/attachments", allRoutes, (route, key) =>
    route.attachedTo.length === 0 ? [] : [[key, route.attachedTo]],
  );
  const attached = graph.group("gateway-api/attached", attachments, (listeners) => listeners);
  const { analyses, listenerSetAnalyses } = gateways;
  const setsOf = graph.group("gateway-api/attached-listener-sets", listenerSetAnalyses, ({ attachedTo }) =>
    attachedTo === undefined ? [] : [attachedTo],
  );
  const attachedRoutes = (context: Context) => (listener: string) => context.group(attached, listener).length;
  const gatewayReports = graph.derive("gateway-api/gateway-status", analyses, (analysis, key, context) => [
    [key, gatewayStatus(analysis.status, attachedRoutes(context), context.group(setsOf, key).length)],
  ]);
  const setReports = graph.derive("gateway-api/listener-set-status", listenerSetAnalyses, ({ status }, key, context) =>
    status === undefined ? [] : [[key, listenerSetStatus(status, attachedRoutes(context))]],
  );
  const classReports = graph.derive("gateway-api/class-status", objects(gatewayClassKind), (object, key, context) =>
    isOwnClass(object, options.gatewayController)
      ? [[key, gatewayClassStatus(object, problemOf(context.get(parameters.classes, object.name)))]]
      : [],
  );
  const policies = reportBackendTlsPolicies(
    inputs,
    [httpRouteKind, grpcRouteKind, tlsRouteKind, tcpRouteKind],
    allRoutes,
  );
  const routeReports = graph.derive("gateway-api/route-status", allRoutes, (route, key) => [[key, route.status]]);
  return {
    gateways: graph.derive("gateway-api/gateways", analyses, ({ gateway }) =>
      gateway === undefined ? [] : [[gateway.key, gateway]],
    ),
    listeners: graph.join<Listener>("gateway-api/all-listeners", [
      graph.derive("gateway-api/listeners", analyses, ({ listeners }) => byKey(listeners)),
      graph.derive("gateway-api/listener-set-listeners", listenerSetAnalyses, ({ listeners }) => byKey(listeners)),
    ]),
    rules: graph.derive("gateway-api/rules", routes, ({ rules }): [string, Rule][] =>
      rules.map((rule) => [rule.key, rule]),
    ),
    streamRules: graph.derive("gateway-api/stream-rules", streams, ({ rules }): [string, StreamRule][] =>
      rules.map((rule) => [rule.key, rule]),
    ),
    trustBundles: graph.derive("gateway-api/trust-bundles", analyses, ({ bundles = [] }): [string, TrustBundle][] =>
      bundles.map((bundle) => [bundle.key, bundle]),
    ),
    diagnostics: graph.join("gateway-api/diagnostics", [
      graph.derive("gateway-api/gateway-diagnostics", analyses, ({ diagnostics }, key) =>
        diagnostics.length === 0 ? [] : [[key, diagnostics]],
      ),
      graph.derive("gateway-api/listener-set-diagnostics", listenerSetAnalyses, ({ diagnostics }, key) =>
        diagnostics.length === 0 ? [] : [[key, diagnostics]],
      ),
      classDiagnostics(inputs, parameters),
      policies.diagnostics,
      graph.derive("gateway-api/route-diagnostics", allRoutes, ({ diagnostics }, key) =>
        diagnostics.length === 0 ? [] : [[key, diagnostics]],
      ),
    ]),
    proxies: readProxyRequests(inputs, parameters),
    status: graph.join("gateway-api/status", [classReports, gatewayReports, setReports, routeReports, policies.status]),
  };
}

function classDiagnostics(
  { graph, objects }: DialectInputs,
  { classes }: ParameterCollections,
): Collection<readonly Diagnostic[]> {
  return graph.derive<SourceObject, readonly Diagnostic[]>(
    "gateway-api/class-diagnostics",
    objects(gatewayClassKind),
    (object, key, context) => {
      const problem = problemOf(context.get(classes, object.name));
      if (problem === undefined) return [];
      return [[key, [diagnose(problem.code, origin(object, ...classParametersPath), problem.message, problem.hint)]]];
    },
  );
}

function byKey(listeners: readonly Listener[]): readonly (readonly [string, Listener])[] {
  return listeners.map((listener) => [listener.key, listener]);
}

function readRoutes(
  { graph, objects, core, options }: DialectInputs,
  gateways: GatewayCollections,
  kind: RouteKind,
  translateRules: TranslateRules,
): Collection<RouteAnalysis> {
  const source = objects(kind === "HTTPRoute" ? httpRouteKind : grpcRouteKind);
  return graph.derive(`gateway-api/${kind}`, source, (object, key, context) => [
    [key, analyseRoute({ object, kind, core, options, context }, gateways, translateRules)],
  ]);
}
