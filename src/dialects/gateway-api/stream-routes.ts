import type { Collection } from "../../incremental/collection.ts";
import type { GroupKind } from "../../model/source-object.ts";
import type { DialectInputs } from "../dialect.ts";
import type { GatewayCollections } from "./gateways.ts";
import { type StreamRouteKind, tcpRouteKind, tlsRouteKind, udpRouteKind } from "./kinds.ts";
import { analyseStreamRoute, type StreamRouteAnalysis } from "./stream-route.ts";

const kinds: readonly (readonly [StreamRouteKind, GroupKind])[] = [
  ["TLSRoute", tlsRouteKind],
  ["TCPRoute", tcpRouteKind],
  ["UDPRoute", udpRouteKind],
];

/** All routes that pass on connections or datagrams, by `objectKey`. */
export function readStreamRoutes(
  { graph, objects, core, options }: DialectInputs,
  gateways: GatewayCollections,
): Collection<StreamRouteAnalysis> {
  return graph.join(
    "gateway-api/stream-routes",
    kinds.map(([kind, groupKind]) =>
      graph.derive(`gateway-api/${kind}`, objects(groupKind), (object, key, context) => [
        [key, analyseStreamRoute({ object, kind, core, options, context }, gateways)] as const,
      ]),
    ),
  );
}
