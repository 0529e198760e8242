import { ageColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { addressRange } from "../rules/access-policy.ts";
import { loadBalancerClassFits, trustIsComplete } from "../rules/proxy-class.ts";
import { choice, int32, map, object, set, text } from "../shape.ts";

const service = object(
  "The Service through which clients reach the proxies.",
  {
    annotations: map("Annotations of the Service, for the load balancer.", text("The value.", { minLength: 0 })),
    externalTrafficPolicy: choice(
      "Local keeps the client's address and uses proxies of the node that gets the connection; Cluster uses all. Local if empty.",
      ["Cluster", "Local"],
    ),
    loadBalancerClass: text("Which load balancer is to take it.", { minLength: 1, maxLength: 253 }),
    type: choice("How clients from outside reach it.", ["LoadBalancer", "ClusterIP", "NodePort"], {
      default: "LoadBalancer",
    }),
  },
  { rules: [loadBalancerClassFits] },
);

const clientAddress = object(
  "Where the address of the client is taken from.",
  {
    from: choice(
      "The connection, the X-Forwarded-For header, or the PROXY protocol, which is then required on every connection.",
      ["Connection", "XForwardedFor", "ProxyProtocol"],
      { default: "Connection" },
    ),
    trustedHops: int32(
      "Number of proxies in front that add to X-Forwarded-For: the client is the address that many places from its right end.",
      { minimum: 1, maximum: 32 },
    ),
    trustedNetworks: set(
      "Networks of the proxies in front: the client is the rightmost address of X-Forwarded-For outside of them.",
      text("An IP address or a CIDR.", { minLength: 1, maxLength: 64, rules: [addressRange] }),
      { maxItems: 64 },
    ),
  },
  { rules: [trustIsComplete] },
);

const accessLog = object("What is logged of each request.", {
  fields: map("Fields of a JSON line: names and Envoy's command operators.", text("Text with command operators."), {
    maxProperties: 64,
  }),
  format: choice("The form of a line; None logs nothing.", ["JSON", "Text", "None"], { default: "JSON" }),
  path: text("The file it goes to.", { minLength: 1, maxLength: 1024, default: "/dev/stdout" }),
  text: text("A text line, with Envoy's command operators.", { minLength: 1, maxLength: 4096 }),
});

const asIs = { "x-kubernetes-preserve-unknown-fields": true } as const;

const spec = object("How proxies are run and what they assume of clients.", {
  accessLog,
  clientAddress,
  image: text("Image of Envoy.", { minLength: 1, maxLength: 1024 }),
  podTemplate: object(
    "Laid over the pod template: mappings merge, null removes, lists of named items merge by name.",
    {},
    asIs,
  ),
  replicas: int32("Number of proxies. Leave it out where an autoscaler decides.", { minimum: 0, maximum: 1000 }),
  resources: object(
    "Requests and limits of the proxy's container. Near its memory limit Envoy turns work away.",
    {},
    asIs,
  ),
  service,
});

/** weir.dev/v1alpha1. Named by a GatewayClass (`parametersRef`) or a Gateway (`infrastructure.parametersRef`). */
export const proxyClass = defineKind({
  group: "weir.dev",
  versions: ["v1alpha1"],
  kind: "ProxyClass",
  plural: "proxyclasses",
  singular: "proxyclass",
  shortNames: ["pxc"],
  categories: ["weir"],
  namespaced: true,
  hasStatus: false,
  description: "How the proxies of Gateways are run in a cluster.",
  fields: { spec },
  required: ["spec"],
  columns: [textColumn("Service", "Type of the Service.", "spec", "service", "type"), ageColumn],
});
