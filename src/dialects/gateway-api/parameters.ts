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
export type Parameters = { readonly proxyClass: ProxyClass } | { readonly problem: ParameterProblem };

export interface ParameterProblem {
  readonly code: "WR0206" | "WR0210";
  readonly message: string;
  readonly hint: string;
}

/** Where a GatewayClass and a Gateway name their parameters. */
export const classParametersPath = ["spec", "parametersRef"] as const;
export const gatewayParametersPath = ["spec", "infrastructure", "parametersRef"] as const;

export interface ParameterCollections {
  /** By name: the classes of this controller. */
  readonly classes: Collection<Parameters>;
  /** By `namespace/name`: the Gateways of these classes, whether or not the class can be used. */
  readonly gateways: Collection<Parameters>;
}

/** Reads `parametersRef` of classes and Gateways (GatewayClassSpec, GatewayInfrastructure); nothing referenced means nothing asked for. */
export function readParameters({ graph, objects, refused, options }: DialectInputs): ParameterCollections {
  const proxyClasses = graph.derive<SourceObject, ProxyClass>(
    "gateway-api/proxy-classes",
    objects(proxyClassKind),
    (object, key) => [[key, readProxyClass(object)]],
  );
  const known = { usable: proxyClasses, refused: refused?.(proxyClassKind) };
  const classes = graph.derive<SourceObject, Parameters>(
    "gateway-api/class-parameters",
    objects(gatewayClassKind),
    (object, _key, context) =>
      isOwnClass(object, options.gatewayController)
        ? [[object.name, resolve(object, classParametersPath, known, context)]]
        : [],
  );
  const gateways = graph.derive<SourceObject, Parameters>(
    "gateway-api/gateway-parameters",
    objects(gatewayKind),
    (object, _key, context) => {
      const own = context.get(classes, textAt(object.body, "spec", "gatewayClassName") ?? "") !== undefined;
      if (!own) return [];
      return [[`${object.namespace}/${object.name}`, resolve(object, gatewayParametersPath, known, context)]];
    },
  );
  return { classes, gateways };
}

interface KnownProxyClasses {
  readonly usable: Collection<ProxyClass>;
  /** Undefined where nobody knows what admission refused. */
  readonly refused: Collection<SourceObject> | undefined;
}

/** @param path of the reference; one of a Gateway has no namespace and stays in the Gateway's own. */
function resolve(object: SourceObject, path: FieldPath, known: KnownProxyClasses, context: Context): Parameters {
  const reference = valueAt(object.body, ...path);
  if (reference === undefined) return { proxyClass: {} };
  const group = textAt(reference, "group") ?? "";
  const kind = textAt(reference, "kind") ?? "";
  if (group !== proxyClassKind.group || kind !== proxyClassKind.kind) {
    const message = `parametersRef names a ${kind}${group === "" ? "" : ` (${group})`}; only a ProxyClass (weir.dev) is read.`;
    return { problem: { code: "WR0206", message, hint: "Correct the reference, or remove it." } };
  }
  const namespace = object.namespace === "" ? textAt(reference, "namespace") : object.namespace;
  if (namespace === undefined) {
    const message = "parametersRef has no namespace, which a ProxyClass is in.";
    return { problem: { code: "WR0206", message, hint: "Name its namespace." } };
  }
  const name = textAt(reference, "name") ?? "";
  const key = objectKey({ ...proxyClassKind, namespace, name, scope: object.scope });
  const found = context.get(known.usable, key);
  if (found !== undefined) return { proxyClass: found };
  const isRefused = known.refused !== undefined && context.get(known.refused, key) !== undefined;
  const [what, hint] = isRefused
    ? ["is not valid", "Correct the ProxyClass, which says what is wrong, or remove the reference."]
    : ["does not exist", "Create the ProxyClass, or correct or remove the reference."];
  return { problem: { code: "WR0210", message: `ProxyClass ${namespace}/${name} ${what}.`, hint } };
}

/** Why parameters cannot be used; undefined where they can, or where there is nothing to have them. */
export function problemOf(parameters: Parameters | undefined): ParameterProblem | undefined {
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
