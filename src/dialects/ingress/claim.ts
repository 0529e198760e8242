import type { Collection, Context, Group } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { textAt } from "../../model/json.ts";
import type { SourceObject } from "../../model/source-object.ts";
import type { DialectOptions } from "../dialect.ts";
import { origin } from "../origin.ts";
import type { IngressClass } from "./ingress-class.ts";

export const classAnnotation = "kubernetes.io/ingress.class";

/** The class name that the older annotation may carry without any IngressClass object. */
export const conventionalClass = "weir";

export interface Classes {
  /** By name. */
  readonly byName: Collection<IngressClass>;
  /** All default classes under the key "default", the one that counts first. */
  readonly defaults: Group<IngressClass>;
}

export interface Claim {
  /** The gateway that serves the Ingress; undefined where it is not ours. */
  readonly gateway?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Decides whether an Ingress is served, and where: by `spec.ingressClassName`, else by the older annotation, else by the default class, else by the
 * installation's rule for Ingresses without a class. Ingresses of other controllers are left alone without a word.
 */
export function claimIngress(object: SourceObject, classes: Classes, options: DialectOptions, context: Context): Claim {
  const named = textAt(object.body, "spec", "ingressClassName");
  if (named !== undefined && named !== "") {
    const found = context.get(classes.byName, named);
    if (found !== undefined) return byClass(object, found, ["spec", "ingressClassName"]);
    const where = origin(object, "spec", "ingressClassName");
    const hint = "Create the IngressClass, or remove the field to use the default class.";
    return { diagnostics: [diagnose("WR0208", where, `IngressClass ${named} does not exist.`, hint)] };
  }
  const annotated = object.annotations[classAnnotation];
  if (annotated !== undefined && annotated !== "") {
    const path = ["metadata", "annotations", classAnnotation] as const;
    const found = context.get(classes.byName, annotated);
    if (found !== undefined) return byClass(object, found, path);
    if (annotated === conventionalClass) return { gateway: options.ingress.defaultGateway, diagnostics: [] };
    const message = `Class ${annotated} is not known here: the Ingress is left to other controllers.`;
    const hint = `To have it served here, create an IngressClass ${annotated} with the controller ${options.ingressController}.`;
    return { diagnostics: [diagnose("WR0310", origin(object, ...path), message, hint)] };
  }
  const standard = context.group(classes.defaults, "default")[0]?.value;
  if (standard !== undefined) return byClass(object, standard, []);
  const served = options.ingress.classless === "serve";
  const message = `The Ingress names no class and there is no default class: it is ${served ? "served by the default gateway" : "not served"}.`;
  const hint = "Name a class in spec.ingressClassName.";
  const diagnostics = [diagnose("WR0306", origin(object), message, hint)];
  return served ? { gateway: options.ingress.defaultGateway, diagnostics } : { diagnostics };
}

function byClass(object: SourceObject, found: IngressClass, path: readonly string[]): Claim {
  if (!found.own) return { diagnostics: [] };
  if (found.gateway !== undefined) return { gateway: found.gateway, diagnostics: [] };
  const message = `IngressClass ${found.name} has parameters that cannot be honoured: the Ingress is not served.`;
  return { diagnostics: [diagnose("WR0208", origin(object, ...path), message, "Correct the class.")] };
}
