import { ageColumn, textsColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { headerName } from "../fields/header-filters.ts";
import { duration, hostname, sectionName } from "../fields/names.ts";
import { backendRef, parentRefs } from "../fields/references.ts";
import { routeStatus } from "../fields/route-status.ts";
import { sessionPersistence } from "../fields/session-persistence.ts";
import { pathMatchRules } from "../rules/path-match.ts";
import { headerValueIsOneLine } from "../rules/route-filters.ts";
import {
  atMost128Matches,
  backendTimeoutWithinRequest,
  noBackendsWithRedirect,
  prefixReplacementNeedsPrefixMatch,
  ruleNamesUnique,
} from "../rules/route-rules.ts";
import { choice, keyed, list, object, type Shape, set, text } from "../shape.ts";
import { httpRouteFilters } from "./http-route-filters.ts";

const valueMatch = { default: "Exact" } as const;
const anyPath = { path: { type: "PathPrefix", value: "/" } };

const headerMatch = object(
  "A header the request must have.",
  {
    name: headerName("Name of the header, in any case."),
    type: choice("How the value is compared.", ["Exact", "RegularExpression"], valueMatch),
    value: text("The value, or an RE2 expression.", { minLength: 1, maxLength: 4096, rules: [headerValueIsOneLine] }),
  },
  { required: ["name", "value"] },
);

const queryParamMatch = object(
  "A query parameter the request must have.",
  {
    name: headerName("Name of the parameter."),
    type: choice("How the value is compared.", ["Exact", "RegularExpression"], valueMatch),
    value: text("The value, or an RE2 expression.", { minLength: 1, maxLength: 1024 }),
  },
  { required: ["name", "value"] },
);

const match = object("Conditions that must all hold.", {
  headers: keyed("Headers the request must have.", ["name"], headerMatch, { maxItems: 16 }),
  method: choice("Method the request must have.", [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
  ]),
  path: object(
    "Path the request must have.",
    {
      type: choice("How the path is compared.", ["Exact", "PathPrefix", "RegularExpression"], {
        default: "PathPrefix",
      }),
      value: text("The path, its prefix, or an RE2 expression.", { default: "/", maxLength: 1024 }),
    },
    { default: anyPath.path, rules: pathMatchRules },
  ),
  queryParams: keyed("Query parameters the request must have.", ["name"], queryParamMatch, { maxItems: 16 }),
});

/** GEP-1731, experimental channel. */
const retry = object("When and how often a failed request is sent again.", {
  attempts: { type: "integer", description: "How often it is sent again at most.", minimum: 1 },
  backoff: duration("Shortest wait between attempts."),
  codes: set(
    "Statuses of the backend after which the request is sent again.",
    { type: "integer", description: "A status.", minimum: 400, maximum: 599 },
    {},
  ),
});

const rule = object(
  "Requests, what is done with them and where they go.",
  {
    backendRefs: list(
      "Where requests go, by weight.",
      backendRef({ filters: httpRouteFilters("Steps for this backend alone.") }),
      {
        maxItems: 16,
      },
    ),
    filters: httpRouteFilters("Steps for every request of the rule."),
    matches: list("The rule applies if one of these does.", match, { maxItems: 64, default: [anyPath] }),
    name: sectionName("Name of the rule, for policies and reports."),
    retry,
    sessionPersistence,
    timeouts: object(
      "How long requests may take; 0s for no limit.",
      {
        backendRequest: duration("Limit for each attempt at a backend."),
        request: duration("Limit for the whole request."),
      },
      { rules: [backendTimeoutWithinRequest] },
    ),
  },
  { rules: [noBackendsWithRedirect, ...prefixReplacementNeedsPrefixMatch] },
);

const spec: Shape = object("The wanted routing.", {
  hostnames: list("Hosts the route serves; all hosts of the listener if empty.", hostname("A host."), { maxItems: 16 }),
  parentRefs,
  rules: list("The rules of the route.", rule, {
    minItems: 1,
    maxItems: 16,
    default: [{ matches: [anyPath] }],
    rules: [atMost128Matches, ruleNamesUnique],
  }),
  useDefaultGateways: choice("Attach to the default Gateways too.", ["All", "None"]),
});

/** Gateway API v1.6, experimental channel. */
export const httpRoute = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1", "v1beta1"],
  kind: "HTTPRoute",
  plural: "httproutes",
  singular: "httproute",
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: true,
  description: "Routes HTTP requests of a Gateway's listeners to backends.",
  fields: { spec, status: routeStatus },
  required: ["spec"],
  columns: [textsColumn("Hostnames", "Hosts the route serves.", "spec", "hostnames"), ageColumn],
});
