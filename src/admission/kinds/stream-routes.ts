import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { hostname, sectionName } from "../fields/names.ts";
import { backendRef, parentRefs } from "../fields/references.ts";
import { routeStatus } from "../fields/route-status.ts";
import { hostnamesAreNames } from "../rules/stream-routes.ts";
import { choice, list, object, type Shape } from "../shape.ts";

/**
 * TLSRoute, TCPRoute and UDPRoute of Gateway API v1.6. Their older versions are served in the shape of v1: a route with several
 * rules, or a TLSRoute without hostnames, is refused with the reason.
 */

const rules = (description: string): Shape =>
  list(
    description,
    object(
      "Where the traffic goes.",
      {
        backendRefs: list("Backends, by weight.", backendRef(), { minItems: 1, maxItems: 16 }),
        name: sectionName("Name of the rule."),
      },
      { required: ["backendRefs"] },
    ),
    { minItems: 1, maxItems: 1 },
  );

const useDefaultGateways = choice("Attach to the default Gateways too.", ["All", "None"]);

const common = {
  group: "gateway.networking.k8s.io",
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: true,
  required: ["spec"],
  columns: [ageColumn],
} as const;

export const tlsRoute = defineKind({
  ...common,
  versions: ["v1", "v1alpha3", "v1alpha2"],
  kind: "TLSRoute",
  plural: "tlsroutes",
  singular: "tlsroute",
  description: "Routes TLS connections by the host the client names (SNI).",
  fields: {
    spec: object(
      "The wanted routing.",
      {
        hostnames: list("Hosts, compared with the SNI.", hostname("A host."), {
          minItems: 1,
          maxItems: 1024,
          rules: hostnamesAreNames,
        }),
        parentRefs,
        rules: rules("The rules of the route."),
        useDefaultGateways,
      },
      { required: ["hostnames", "rules"] },
    ),
    status: routeStatus,
  },
});

const streamSpec = object(
  "The wanted routing.",
  { parentRefs, rules: rules("The rules of the route."), useDefaultGateways },
  { required: ["rules"] },
);

export const tcpRoute = defineKind({
  ...common,
  versions: ["v1", "v1alpha2"],
  kind: "TCPRoute",
  plural: "tcproutes",
  singular: "tcproute",
  description: "Sends the connections of a TCP listener to backends.",
  fields: { spec: streamSpec, status: routeStatus },
});

export const udpRoute = defineKind({
  ...common,
  versions: ["v1", "v1alpha2"],
  kind: "UDPRoute",
  plural: "udproutes",
  singular: "udproute",
  description: "Sends the datagrams of a UDP listener to backends.",
  fields: { spec: streamSpec, status: routeStatus },
});
