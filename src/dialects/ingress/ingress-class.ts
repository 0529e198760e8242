import type { Collection, Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { textAt, valueAt } from "../../model/json.ts";
import { objectKey, type SourceObject } from "../../model/source-object.ts";
import type { DialectOptions } from "../dialect.ts";
import { origin } from "../origin.ts";
import { gatewayKind } from "../route-kinds.ts";

const defaultClassAnnotation = "ingressclass.kubernetes.io/is-default-class";

/** An IngressClass, by its name. */
export interface IngressClass {
  readonly name: string;
  /** Whether this controller implements it. */
  readonly own: boolean;
  readonly isDefault: boolean;
  readonly creationTimestamp: string;
  /** The gateway (`namespace/name`) that serves its Ingresses; undefined where its parameters cannot be honoured. */
  readonly gateway?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a class. Its parameters may name a Gateway, in which case its Ingresses are served there beside the Gateway's routes; without parameters the
 * installation's default gateway serves them.
 */
export function readClass(
  object: SourceObject,
  gateways: Collection<SourceObject>,
  options: DialectOptions,
  context: Context,
): IngressClass {
  const base = {
    name: object.name,
    own: textAt(object.body, "spec", "controller") === options.ingressController,
    isDefault: object.annotations[defaultClassAnnotation] === "true",
    creationTimestamp: object.creationTimestamp,
  };
  const parameters = valueAt(object.body, "spec", "parameters");
  if (!base.own || parameters === undefined) {
    return { ...base, diagnostics: [], ...(base.own ? { gateway: options.ingress.defaultGateway } : {}) };
  }
  const where = origin(object, "spec", "parameters");
  const kind = textAt(parameters, "kind") ?? "";
  const group = textAt(parameters, "apiGroup") ?? "";
  const hint =
    "Name a Gateway (apiGroup gateway.networking.k8s.io, scope Namespace, with its namespace), or remove them.";
  if (kind !== gatewayKind.kind || group !== gatewayKind.group) {
    const message = `The parameters of a class cannot be of kind ${kind}${group === "" ? "" : ` (${group})`}.`;
    return { ...base, diagnostics: [diagnose("WR0206", where, message, hint)] };
  }
  const namespace = textAt(parameters, "namespace") ?? "";
  const name = textAt(parameters, "name") ?? "";
  const key = objectKey({ ...gatewayKind, namespace, name, scope: object.scope });
  if (context.get(gateways, key) === undefined) {
    const message = `Gateway ${namespace}/${name} does not exist.`;
    return { ...base, diagnostics: [diagnose("WR0209", where, message, hint)] };
  }
  return { ...base, gateway: `${namespace}/${name}`, diagnostics: [] };
}

/** Of several default classes the newest counts, then the first by name, as in the API server's own admission. */
export function compareDefaultClasses(a: IngressClass, b: IngressClass): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp > b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
