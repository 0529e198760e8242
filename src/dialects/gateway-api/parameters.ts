import type { Collection, Context } from "../../incremental/collection.ts";
import type { Gateway } from "../../model/gateway.ts";
import { textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import { objectKey, type SourceObject } from "../../model/source-object.ts";
import type { DialectInputs } from "../dialect.ts";
import { isOwnClass } from "./gateway-class.ts";
import { gatewayClassKind, gatewayKind } from "./kinds.ts";
import { accessLogOf, type ProxyClass, proxyClassKind, readProxyClass } from "./proxy-class.ts";

/** What a reference to parameters comes to: a ProxyClass, or why there is none. */
export type Parameters = { readonly proxyClass: ProxyClass } | { readonly problem: string; readonly path: FieldPath };

export interface ParameterCollections {
  /** By name: the classes of this controller. */
  readonly classes: Collection<Parameters>;
  /** By `namespace/name`: the Gateways of these classes, whether or not the class can be used. */
  readonly gateways: Collection<Parameters>;
}

/** Reads `parametersRef` of classes and Gateways (GatewayClassSpec, GatewayInfrastructure); nothing referenced means nothing asked for. */
export function readParameters({ graph, objects, options }: DialectInputs): ParameterCollections {
  const proxyClasses = graph.derive<SourceObject, ProxyClass>(
    "gateway-api/proxy-classes",
    objects(proxyClassKind),
    (object, key) => [[key, readProxyClass(object)]],
  );
  const classes = graph.derive<SourceObject, Parameters>(
    "gateway-api/class-parameters",
    objects(gatewayClassKind),
    (object, _key, context) =>
      isOwnClass(object, options.gatewayController)
        ? [[object.name, resolve(object, ["spec", "parametersRef"], proxyClasses, context)]]
        : [],
  );
  const gateways = graph.derive<SourceObject, Parameters>(
    "gateway-api/gateway-parameters",
    objects(gatewayKind),
    (object, _key, context) => {
      const own = context.get(classes, textAt(object.body, "spec", "gatewayClassName") ?? "") !== undefined;
      if (!own) return [];
      const path = ["spec", "infrastructure", "parametersRef"] as const;
      return [[`${object.namespace}/${object.name}`, resolve(object, path, proxyClasses, context)]];
    },
  );
  return { classes, gateways };
}

/** @param path of the reference; one of a Gateway has no namespace and stays in the Gateway's own. */
function resolve(
  object: SourceObject,
  path: FieldPath,
  proxyClasses: Collection<ProxyClass>,
  context: Context,
): Parameters {
  const reference = valueAt(object.body, ...path);
  if (reference === undefined) return { proxyClass: {} };
  const group = textAt(reference, "group") ?? "";
  const kind = textAt(reference, "kind") ?? "";
  if (group !== proxyClassKind.group || kind !== proxyClassKind.kind) {
    const problem = `parametersRef names a ${kind}${group === "" ? "" : ` (${group})`}; only a ProxyClass (weir.dev) is read.`;
    return { problem, path };
  }
  const namespace = object.namespace === "" ? textAt(reference, "namespace") : object.namespace;
  if (namespace === undefined) return { problem: "parametersRef has no namespace, which a ProxyClass is in.", path };
  const name = textAt(reference, "name") ?? "";
  const found = context.get(proxyClasses, objectKey({ ...proxyClassKind, namespace, name, scope: object.scope }));
  return found === undefined
    ? { problem: `ProxyClass ${namespace}/${name} does not exist or cannot be used.`, path }
    : { proxyClass: found };
}

/** Why parameters cannot be used; undefined where they can, or where there is nothing to have them. */
export function problemOf(parameters: Parameters | undefined): string | undefined {
  return parameters !== undefined && "problem" in parameters ? parameters.problem : undefined;
}

export function isUsable(parameters: Parameters | undefined): boolean {
  return parameters !== undefined && "proxyClass" in parameters;
}

/** What a Gateway's own ProxyClass says, and in its silence that of its GatewayClass. */
export function proxyClassOf(object: SourceObject, parameters: ParameterCollections, context: Context): ProxyClass {
  const own = context.get(parameters.gateways, `${object.namespace}/${object.name}`);
  const common = context.get(parameters.classes, textAt(object.body, "spec", "gatewayClassName") ?? "");
  return {
    ...(common !== undefined && "proxyClass" in common ? common.proxyClass : {}),
    ...(own !== undefined && "proxyClass" in own ? own.proxyClass : {}),
  };
}

/** Gives a Gateway what its ProxyClass says of clients and of the access log. */
export function withProxyClass<A extends { readonly gateway?: Gateway }>(analysis: A, proxyClass: ProxyClass): A {
  const { gateway } = analysis;
  if (gateway === undefined) return analysis;
  const { clientAddress = gateway.clientAddress, accessLog } = proxyClass;
  const edge = { ...gateway.edge, accessLog: accessLogOf(accessLog, gateway.edge.accessLog) };
  return { ...analysis, gateway: { ...gateway, clientAddress, edge } };
}
