import { isObject, listAt, objectAt, textAt, valueAt } from "../model/json.ts";
import { groupOf, type Json, kindKey, type ObjectRef, type SourceObject } from "../model/source-object.ts";

/**
 * The Secrets and ConfigMaps that an object names, permitted or not and there or not: what has to be read for the object to be
 * understood. Works on objects as written, before admission; what has another type than it should is passed over.
 */
export function referencedObjects(object: SourceObject): readonly ObjectRef[] {
  switch (kindKey({ group: groupOf(object.apiVersion), kind: object.kind })) {
    case "networking.k8s.io/Ingress":
      return listAt(object.body, "spec", "tls").flatMap((entry) =>
        named(object, { name: textAt(entry, "secretName") }),
      );
    case "gateway.networking.k8s.io/Gateway":
      return [...listenerRefs(object), ...gatewayTlsRefs(object)].flatMap((ref) => named(object, ref));
    case "gateway.networking.k8s.io/ListenerSet":
      return listenerRefs(object).flatMap((ref) => named(object, ref));
    case "gateway.networking.k8s.io/BackendTLSPolicy":
      return listAt(object.body, "spec", "validation", "caCertificateRefs").flatMap((ref) => named(object, ref));
    default:
      return [];
  }
}

function listenerRefs({ body }: SourceObject): readonly Json[] {
  return listAt(body, "spec", "listeners").flatMap((listener) => listAt(listener, "tls", "certificateRefs"));
}

function gatewayTlsRefs({ body }: SourceObject): readonly Json[] {
  const tls = objectAt(body, "spec", "tls");
  const frontends = [
    objectAt(tls, "frontend", "default"),
    ...listAt(tls, "frontend", "perPort").map((port) => objectAt(port, "tls")),
  ];
  const authorities = frontends.flatMap((frontend) => listAt(frontend, "validation", "caCertificateRefs"));
  const client = valueAt(tls, "backend", "clientCertificateRef");
  return client === undefined ? authorities : [...authorities, client];
}

/** A reference as Gateway API writes it: a Secret of the object's own namespace where nothing else is said. */
function named({ namespace }: SourceObject, ref: Json): readonly ObjectRef[] {
  if (!isObject(ref)) return [];
  const name = textAt(ref, "name");
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "Secret";
  if (name === undefined || name === "" || group !== "" || (kind !== "Secret" && kind !== "ConfigMap")) return [];
  return [{ group, kind, namespace: textAt(ref, "namespace") ?? namespace, name, scope: "" }];
}
