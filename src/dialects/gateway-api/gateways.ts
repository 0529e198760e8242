import type { Collection } from "../../incremental/collection.ts";
import { textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { DialectInputs } from "../dialect.ts";
import { readFrontendTls } from "./frontend-tls.ts";
import { analyseGateway, type GatewayAnalysis } from "./gateway.ts";
import { type GatewayEntry, readGateway } from "./gateway-entry.ts";
import { gatewayKind, listenerSetKind } from "./kinds.ts";
import { analyseListenerSet, type ListenerSetAnalysis, unattached } from "./listener-set.ts";
import { type ListenerSetEntry, readListenerSets } from "./listener-sets.ts";
import { readTlsOverlaps } from "./overlapping-tls.ts";
import { isUsable, type ParameterCollections, problemOf, proxyClassOf, withProxyClass } from "./parameters.ts";

export interface GatewayCollections {
  /** By `namespace/name`: every Gateway there is, those of other controllers without content. */
  readonly entries: Collection<GatewayEntry>;
  /** By `objectKey`: Gateways of ours. */
  readonly analyses: Collection<GatewayAnalysis>;
  /** By `namespace/name`: every ListenerSet whose parent is a Gateway of ours. */
  readonly listenerSets: Collection<ListenerSetEntry>;
  /** By `namespace/name`: every ListenerSet there is, whoever serves it. */
  readonly listenerSetNames: Collection<true>;
  /** By `objectKey`: every ListenerSet, those of other controllers' Gateways without content. */
  readonly listenerSetAnalyses: Collection<ListenerSetAnalysis>;
  /** Labels by namespace. */
  readonly namespaces: Collection<Readonly<Record<string, string>>>;
}

export function readGateways(inputs: DialectInputs, parameters: ParameterCollections): GatewayCollections {
  const { graph, objects, core, options } = inputs;
  const gateways = objects(gatewayKind);
  const entries = graph.derive<SourceObject, GatewayEntry>("gateway-api/entries", gateways, (object, _key, context) => {
    const key = `${object.namespace}/${object.name}`;
    const className = textAt(object.body, "spec", "gatewayClassName") ?? "";
    const own = isUsable(context.get(parameters.classes, className));
    const problem = problemOf(context.get(parameters.gateways, key));
    if (own) return [[key, readGateway(object, readFrontendTls(object, core, context).settings, options, problem)]];
    return [[key, { key, namespace: object.namespace, own, frontend: { perPort: [] }, listeners: [] }]];
  });
  const listenerSets = readListenerSets(inputs, entries);
  const overlaps = readTlsOverlaps(graph, entries, listenerSets);
  const analyses = graph.derive("gateway-api/gateway-analyses", gateways, (object, key, context) => {
    const entry = context.get(entries, `${object.namespace}/${object.name}`);
    if (entry?.own !== true) return [];
    const analysis = analyseGateway(object, entry, overlaps, core, options, context);
    return [[key, withProxyClass(analysis, proxyClassOf(object, parameters, context))]];
  });
  const listenerSetAnalyses = graph.derive<SourceObject, ListenerSetAnalysis>(
    "gateway-api/listener-set-analyses",
    objects(listenerSetKind),
    (object, key, context) => {
      const entry = context.get(listenerSets, `${object.namespace}/${object.name}`);
      if (entry === undefined)
        return [[key, unattached(object, (gateway) => context.get(entries, gateway) !== undefined)]];
      const gateway = context.get(analyses, entry.gatewayObject);
      return [[key, analyseListenerSet(object, entry, gateway, overlaps, core, options, context)]];
    },
  );
  const listenerSetNames = graph.derive<SourceObject, true>(
    "gateway-api/listener-set-names",
    objects(listenerSetKind),
    ({ namespace, name }) => [[`${namespace}/${name}`, true]],
  );
  return { entries, analyses, listenerSets, listenerSetNames, listenerSetAnalyses, namespaces: core.namespaces };
}
