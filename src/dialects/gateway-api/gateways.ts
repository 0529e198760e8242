import type { Collection } from "../../incremental/collection.ts";
import { textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { DialectInputs } from "../dialect.ts";
import { analyseGateway, type GatewayAnalysis } from "./gateway.ts";
import { classParameterProblem, isOwnClass } from "./gateway-class.ts";
import { type GatewayEntry, readGateway } from "./gateway-entry.ts";
import { gatewayClassKind, gatewayKind } from "./kinds.ts";

export interface GatewayCollections {
  /** By `namespace/name`: every Gateway there is, those of other controllers without content. */
  readonly entries: Collection<GatewayEntry>;
  /** By `objectKey`: Gateways of ours. */
  readonly analyses: Collection<GatewayAnalysis>;
  /** Labels by namespace. */
  readonly namespaces: Collection<Readonly<Record<string, string>>>;
}

export function readGateways({ graph, objects, core, options }: DialectInputs): GatewayCollections {
  const classes = graph.derive("gateway-api/classes", objects(gatewayClassKind), (object) =>
    isOwnClass(object, options.gatewayController)
      ? [[object.name, { usable: classParameterProblem(object) === undefined }]]
      : [],
  );
  const gateways = objects(gatewayKind);
  const entries = graph.derive<SourceObject, GatewayEntry>("gateway-api/entries", gateways, (object, _key, context) => {
    const key = `${object.namespace}/${object.name}`;
    const className = textAt(object.body, "spec", "gatewayClassName") ?? "";
    const own = context.get(classes, className)?.usable === true;
    return [[key, own ? readGateway(object) : { key, namespace: object.namespace, own, listeners: [] }]];
  });
  const analyses = graph.derive("gateway-api/gateway-analyses", gateways, (object, key, context) => {
    const entry = context.get(entries, `${object.namespace}/${object.name}`);
    return entry?.own === true ? [[key, analyseGateway(object, entry, core, options, context)]] : [];
  });
  return { entries, analyses, namespaces: core.namespaces };
}
