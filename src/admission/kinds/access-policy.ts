import { listAt, textAt } from "../../model/json.ts";
import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { headerName } from "../fields/header-filters.ts";
import { duration, groupName, kindNameField, labelPattern, objectName, sectionName } from "../fields/names.ts";
import { backendObjectRef, policyTargetRefs } from "../fields/references.ts";
import { policyStatus } from "../fields/route-status.ts";
import {
  addressRange,
  claimProvidersKnown,
  httpUrl,
  inlineOrRemote,
  keySet,
  namesUnique,
  somethingToCheck,
  targetKindKnown,
} from "../rules/access-policy.ts";
import { headerValueIsOneLine } from "../rules/route-filters.ts";
import { choice, flag, keyed, list, object, type Shape, set, text } from "../shape.ts";

const targetRef = object(
  "What the policy protects.",
  {
    group: groupName("API group of the target."),
    kind: kindNameField("Kind of the target: Gateway, HTTPRoute, GRPCRoute or Ingress."),
    name: objectName("Name of the target, in the policy's namespace."),
    sectionName: sectionName("Only this listener of the Gateway, or this rule of the route."),
  },
  { required: ["group", "kind", "name"], rules: [targetKindKnown] },
);

const addressRanges = (description: string): Shape =>
  set(description, text("An IP address or a CIDR.", { minLength: 1, maxLength: 64, rules: [addressRange] }), {
    maxItems: 1000,
  });

const clientAddresses = (description: string): Shape =>
  object(description, {
    allow: addressRanges("If not empty, every other address is denied."),
    deny: addressRanges("Denied, even if allowed too."),
  });

const jwks = object(
  "The keys that sign the provider's tokens.",
  {
    inline: text("A JSON Web Key Set (RFC 7517) as JSON text.", { minLength: 1, maxLength: 262144, rules: [keySet] }),
    remote: object(
      "A JSON Web Key Set that is fetched.",
      {
        backendRef: backendObjectRef("The Service to fetch it from, if the host in the URL is not to be resolved."),
        cacheDuration: duration("How long a fetched set is used."),
        url: text("The URL of the set.", { minLength: 1, maxLength: 2048, rules: [httpUrl] }),
      },
      { required: ["url"] },
    ),
  },
  { rules: [inlineOrRemote] },
);

const provider = object(
  "An issuer of tokens.",
  {
    audiences: set("Audiences of which a token must have one; any if empty.", text("An audience.", { minLength: 1 }), {
      maxItems: 32,
    }),
    claimsToHeaders: keyed(
      "Claims handed to the backend as headers; clients cannot set these headers themselves.",
      ["header"],
      object(
        "A claim and its header.",
        {
          claim: text("Name of the claim; dots lead into objects.", { minLength: 1 }),
          header: headerName("The header."),
        },
        { required: ["claim", "header"] },
      ),
      { maxItems: 32 },
    ),
    forward: flag("Whether the token stays on the request.", { default: false }),
    fromHeaders: keyed(
      "Headers that may hold the token; Authorization with Bearer if neither these nor query parameters are given.",
      ["name"],
      object(
        "A header.",
        { name: headerName("Name of the header."), prefix: text("What stands before the token.", { maxLength: 64 }) },
        { required: ["name"] },
      ),
      { maxItems: 16 },
    ),
    fromQueryParameters: set("Query parameters that may hold the token.", text("A name.", { minLength: 1 }), {
      maxItems: 16,
    }),
    issuer: text("The issuer (`iss`) that tokens must name.", { minLength: 1, maxLength: 2048 }),
    jwks,
    name: text("Name of the provider.", { minLength: 1, maxLength: 63, pattern: labelPattern }),
  },
  { required: ["name", "issuer", "jwks"] },
);

const jwt = object(
  "Requests must carry a valid token of one of the providers; others are answered 401.",
  {
    allowMissing: flag("Let requests without a token pass; an invalid token is refused all the same.", {
      default: false,
    }),
    providers: keyed("Issuers whose tokens are accepted.", ["name"], provider, {
      minItems: 1,
      maxItems: 16,
      rules: [namesUnique],
    }),
  },
  { required: ["providers"] },
);

const condition = object("Conditions that must all hold; none hold always.", {
  clientAddresses: addressRanges("Addresses of which the client has one."),
  headers: list(
    "Headers the request must have.",
    object(
      "A header.",
      {
        name: headerName("Name of the header, in any case."),
        type: choice("How the value is compared.", ["Exact", "Prefix", "RegularExpression"], { default: "Exact" }),
        value: text("The value, its prefix, or an RE2 expression.", {
          minLength: 1,
          maxLength: 4096,
          rules: [headerValueIsOneLine],
        }),
      },
      { required: ["name", "value"] },
    ),
    { maxItems: 16 },
  ),
  jwtClaims: list(
    "Claims the token must have.",
    object(
      "A claim.",
      {
        claim: text("Name of the claim; dots lead into objects.", { minLength: 1 }),
        provider: text("The provider whose token it is.", { minLength: 1, maxLength: 63 }),
        values: set("Values of which the claim has one; a list claim must contain one.", text("A value."), {
          minItems: 1,
          maxItems: 64,
        }),
      },
      { required: ["provider", "claim", "values"] },
    ),
    { maxItems: 16 },
  ),
  methods: set(
    "Methods of which the request has one.",
    text("A method.", { minLength: 1, maxLength: 32, pattern: "^[A-Z]+$" }),
    { maxItems: 16 },
  ),
  pathPrefixes: set(
    "Prefixes, whole path elements, of which the path has one.",
    text("A prefix.", { minLength: 1, maxLength: 1024, pattern: "^/" }),
    { maxItems: 64 },
  ),
});

const rule = object(
  "Whether some requests may pass.",
  {
    action: choice("What happens to requests that fit. Deny wins over Allow.", ["Allow", "Deny"]),
    name: sectionName("Name of the rule, for reports."),
    when: condition,
  },
  { required: ["action"] },
);

const spec = object(
  "Who may send requests.",
  {
    clientAddresses: clientAddresses("Which client addresses may send requests; others are answered 403."),
    jwt,
    merge: choice(
      "Against policies on more specific targets: Default is replaced by them section by section, Override replaces theirs.",
      ["Default", "Override"],
      { default: "Default" },
    ),
    rules: list(
      "Further rules on requests that passed the other sections. If one of them allows, what none allows is answered 403.",
      rule,
      { maxItems: 64, rules: [namesUnique] },
    ),
    targetRefs: policyTargetRefs("What the policy protects.", targetRef),
  },
  { required: ["targetRefs"], rules: [somethingToCheck, claimProvidersKnown] },
);

/** weir.dev/v1alpha1. */
export const accessPolicy = defineKind({
  group: "weir.dev",
  versions: ["v1alpha1"],
  kind: "AccessPolicy",
  plural: "accesspolicies",
  singular: "accesspolicy",
  shortNames: ["apol"],
  categories: ["weir"],
  namespaced: true,
  hasStatus: true,
  description: "Decides who may send requests to a Gateway, a listener, a route, a rule or an Ingress.",
  fields: { spec, status: policyStatus },
  required: ["spec"],
  columns: [
    {
      name: "Targets",
      type: "string",
      description: "What the policy protects.",
      priority: 0,
      value: (object) =>
        listAt(object, "spec", "targetRefs")
          .map((target) => `${textAt(target, "kind")}/${textAt(target, "name")}`)
          .join(","),
    },
    ageColumn,
  ],
});
