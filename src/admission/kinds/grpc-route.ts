import { ageColumn, textsColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { extensionRef, headerModifier, headerName, requestMirror } from "../fields/header-filters.ts";
import { hostname, sectionName } from "../fields/names.ts";
import { backendRef, parentRefs } from "../fields/references.ts";
import { routeStatus } from "../fields/route-status.ts";
import { sessionPersistence } from "../fields/session-persistence.ts";
import { grpcMethodRules } from "../rules/grpc-method.ts";
import { filterMatchesType, filterNotRepeated, headerValueIsOneLine } from "../rules/route-filters.ts";
import { atMost128Matches, ruleNamesUnique } from "../rules/route-rules.ts";
import { choice, keyed, list, object, type Shape, text } from "../shape.ts";

const filterTypes = {
  ResponseHeaderModifier: "responseHeaderModifier",
  RequestHeaderModifier: "requestHeaderModifier",
  RequestMirror: "requestMirror",
  ExtensionRef: "extensionRef",
} as const;

const filter = object(
  "One processing step.",
  {
    extensionRef,
    requestHeaderModifier: headerModifier("Changes headers of the request."),
    requestMirror,
    responseHeaderModifier: headerModifier("Changes headers of the response."),
    type: choice("Which step this is.", Object.keys(filterTypes)),
  },
  { required: ["type"], rules: filterMatchesType(filterTypes) },
);

const filters = (description: string): Shape =>
  list(description, filter, {
    maxItems: 16,
    rules: filterNotRepeated("RequestHeaderModifier", "ResponseHeaderModifier"),
  });

const headerMatch = object(
  "A header the call must have.",
  {
    name: headerName("Name of the header, in any case."),
    type: choice("How the value is compared.", ["Exact", "RegularExpression"], { default: "Exact" }),
    value: text("The value, or an RE2 expression.", { minLength: 1, maxLength: 4096, rules: [headerValueIsOneLine] }),
  },
  { required: ["name", "value"] },
);

const match = object("Conditions that must all hold.", {
  headers: keyed("Headers the call must have.", ["name"], headerMatch, { maxItems: 16 }),
  method: object(
    "Service and method that must be called.",
    {
      method: text("Name of the method; any if empty.", { maxLength: 1024 }),
      service: text("Full name of the service; any if empty.", { maxLength: 1024 }),
      type: choice("How names are compared.", ["Exact", "RegularExpression"], { default: "Exact" }),
    },
    { rules: grpcMethodRules },
  ),
});

const rule = object("Calls, what is done with them and where they go.", {
  backendRefs: list("Where calls go, by weight.", backendRef({ filters: filters("Steps for this backend alone.") }), {
    maxItems: 16,
  }),
  filters: filters("Steps for every call of the rule."),
  matches: list("The rule applies if one of these does; to every call if empty.", match, { maxItems: 64 }),
  name: sectionName("Name of the rule, for policies and reports."),
  sessionPersistence,
});

const spec = object("The wanted routing.", {
  hostnames: list("Hosts the route serves; all hosts of the listener if empty.", hostname("A host."), { maxItems: 16 }),
  parentRefs,
  rules: list("The rules of the route.", rule, { maxItems: 16, rules: [atMost128Matches, ruleNamesUnique] }),
  useDefaultGateways: choice("Attach to the default Gateways too.", ["All", "None"]),
});

/** Gateway API v1.6, experimental channel. */
export const grpcRoute = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1"],
  kind: "GRPCRoute",
  plural: "grpcroutes",
  singular: "grpcroute",
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: true,
  description: "Routes gRPC calls of a Gateway's listeners to backends.",
  fields: { spec, status: routeStatus },
  required: ["spec"],
  columns: [textsColumn("Hostnames", "Hosts the route serves.", "spec", "hostnames"), ageColumn],
});
