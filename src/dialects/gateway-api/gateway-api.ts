import type { Collection } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Rule } from "../../model/rule.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { Dialect, DialectInputs, DialectOutputs } from "../dialect.ts";
import { origin } from "../origin.ts";
import { gatewayStatus } from "./gateway.ts";
import { gatewayClassStatus, isOwnClass } from "./gateway-class.ts";
import { type GatewayCollections, readGateways } from "./gateways.ts";
import { translateGrpcRules } from "./grpc-route.ts";
import { findHostConflicts } from "./host-conflicts.ts";
import { translateHttpRules } from "./http-route.ts";
import { gatewayClassKind, gatewayKind, grpcRouteKind, httpRouteKind, type RouteKind, unservedKinds } from "./kinds.ts";
import { analyseRoute, type RouteAnalysis, type SettledRoute, settleRoute, type TranslateRules } from "./route.ts";

/**
 * Gateway API v1.6: GatewayClass, Gateway, HTTPRoute and GRPCRoute; ReferenceGrant is among the core kinds. An edit of a route runs that
 * route again and, where it attaches elsewhere, the status of its Gateways; an edit of a Gateway runs the routes that name it.
 */
export const gatewayApi: Dialect = {
  name: "gateway-api",
  kinds: [gatewayClassKind, gatewayKind, httpRouteKind, grpcRouteKind, ...unservedKinds],
  translate,
};

function translate(inputs: DialectInputs): DialectOutputs {
  const { graph, objects, options } = inputs;
  const gateways = readGateways(inputs);
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
  const attachments = graph.derive("gateway-api/attachments", routes, (route, key) =>
    route.attachedTo.length === 0 ? [] : [[key, route.attachedTo]],
  );
  const attached = graph.group("gateway-api/attached", attachments, (listeners) => listeners);
  const { analyses } = gateways;
  const gatewayReports = graph.derive("gateway-api/gateway-status", analyses, (analysis, key, context) => [
    [key, gatewayStatus(analysis.status, (listener) => context.group(attached, listener).length)],
  ]);
  const classReports = graph.derive("gateway-api/class-status", objects(gatewayClassKind), (object, key) =>
    isOwnClass(object, options.gatewayController) ? [[key, gatewayClassStatus(object)]] : [],
  );
  const routeReports = graph.derive("gateway-api/route-status", routes, (route, key) => [[key, route.status]]);
  return {
    gateways: graph.derive("gateway-api/gateways", analyses, ({ gateway }) =>
      gateway === undefined ? [] : [[gateway.key, gateway]],
    ),
    listeners: graph.derive("gateway-api/listeners", analyses, ({ listeners }) =>
      listeners.map((listener) => [listener.key, listener] as const),
    ),
    rules: graph.derive("gateway-api/rules", routes, ({ rules }): [string, Rule][] =>
      rules.map((rule) => [rule.key, rule]),
    ),
    diagnostics: graph.join("gateway-api/diagnostics", [
      graph.derive("gateway-api/gateway-diagnostics", analyses, ({ diagnostics }, key) =>
        diagnostics.length === 0 ? [] : [[key, diagnostics]],
      ),
      ...unservedKinds.map((kind) =>
        graph.derive<SourceObject, readonly Diagnostic[]>(
          `gateway-api/unserved-${kind.kind}`,
          objects(kind),
          (object, key) => [
            [
              key,
              [diagnose("WR0104", origin(object), `${object.kind}s are not served yet; the object has no effect.`)],
            ],
          ],
        ),
      ),
      graph.derive("gateway-api/route-diagnostics", routes, ({ diagnostics }, key) =>
        diagnostics.length === 0 ? [] : [[key, diagnostics]],
      ),
    ]),
    status: graph.join("gateway-api/status", [classReports, gatewayReports, routeReports]),
  };
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
