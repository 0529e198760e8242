import {
  flag,
  ignored,
  inline,
  integer,
  type MessageShape,
  map,
  message,
  messages,
  optionalFlag,
  optionalInteger,
  optionalText,
  shape,
  text,
  texts,
} from "./message-shape.ts";

/** Field numbers from the published definitions (generated.proto of k8s.io/api and k8s.io/apimachinery). */

const ownerReference = shape({
  1: text("kind"),
  3: text("name"),
  4: text("uid"),
  5: text("apiVersion"),
  6: optionalFlag("controller"),
  7: optionalFlag("blockOwnerDeletion"),
});

const objectMeta = shape({
  1: text("name"),
  2: text("generateName"),
  3: text("namespace"),
  4: text("selfLink"),
  5: text("uid"),
  6: text("resourceVersion"),
  7: integer("generation"),
  8: { kind: "time", name: "creationTimestamp" },
  9: { kind: "time", name: "deletionTimestamp" },
  10: optionalInteger("deletionGracePeriodSeconds"),
  11: map("labels"),
  12: map("annotations"),
  13: messages("ownerReferences", ownerReference),
  14: texts("finalizers"),
  17: ignored,
});

const metadata = message("metadata", objectMeta);

const servicePort = shape({
  1: text("name"),
  2: text("protocol"),
  3: integer("port"),
  4: { kind: "int-or-string", name: "targetPort" },
  5: integer("nodePort"),
  6: optionalText("appProtocol"),
});

const serviceSpec = shape({
  1: messages("ports", servicePort),
  2: map("selector"),
  3: text("clusterIP"),
  4: text("type"),
  5: texts("externalIPs"),
  7: text("sessionAffinity"),
  8: text("loadBalancerIP"),
  9: texts("loadBalancerSourceRanges"),
  10: text("externalName"),
  11: text("externalTrafficPolicy"),
  12: integer("healthCheckNodePort"),
  13: flag("publishNotReadyAddresses"),
  14: message(
    "sessionAffinityConfig",
    shape({ 1: message("clientIP", shape({ 1: optionalInteger("timeoutSeconds") })) }),
  ),
  17: optionalText("ipFamilyPolicy"),
  18: texts("clusterIPs"),
  19: texts("ipFamilies"),
  20: optionalFlag("allocateLoadBalancerNodePorts"),
  21: optionalText("loadBalancerClass"),
  22: optionalText("internalTrafficPolicy"),
  23: optionalText("trafficDistribution"),
});

const ingressBackend = shape({
  3: message("resource", shape({ 1: optionalText("apiGroup"), 2: text("kind"), 3: text("name") })),
  4: message(
    "service",
    shape({ 1: text("name"), 2: message("port", shape({ 1: text("name"), 2: integer("number") })) }),
  ),
});

const ingressPath = shape({ 1: text("path"), 2: message("backend", ingressBackend), 3: optionalText("pathType") });

const ingressSpec = shape({
  1: message("defaultBackend", ingressBackend),
  2: messages("tls", shape({ 1: texts("hosts"), 2: text("secretName") })),
  3: messages(
    "rules",
    shape({
      1: text("host"),
      2: inline(shape({ 1: message("http", shape({ 1: messages("paths", ingressPath) })) })),
    }),
  ),
  4: optionalText("ingressClassName"),
});

/** The kinds that kubectl has commands of their own for (`kubectl create secret tls …`), by apiVersion and kind. */
export const kindShapes: ReadonlyMap<string, MessageShape> = new Map([
  ["v1/Namespace", shape({ 1: metadata, 2: message("spec", shape({ 1: texts("finalizers") })), 3: ignored })],
  [
    "v1/Secret",
    shape({
      1: metadata,
      2: map("data", "base64"),
      3: text("type"),
      4: map("stringData"),
      5: optionalFlag("immutable"),
    }),
  ],
  [
    "v1/ConfigMap",
    shape({ 1: metadata, 2: map("data"), 3: map("binaryData", "base64"), 4: optionalFlag("immutable") }),
  ],
  ["v1/Service", shape({ 1: metadata, 2: message("spec", serviceSpec), 3: ignored })],
  ["networking.k8s.io/v1/Ingress", shape({ 1: metadata, 2: message("spec", ingressSpec), 3: ignored })],
]);

/** meta/v1 DeleteOptions, which clients send under the group and version of what they delete. */
export const deleteOptions: MessageShape = shape({
  1: optionalInteger("gracePeriodSeconds"),
  2: message("preconditions", shape({ 1: optionalText("uid"), 2: optionalText("resourceVersion") })),
  3: optionalFlag("orphanDependents"),
  4: optionalText("propagationPolicy"),
  5: texts("dryRun"),
  6: ignored,
});
