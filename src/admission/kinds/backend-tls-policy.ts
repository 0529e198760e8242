import { ageColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { hostname, preciseHostname } from "../fields/names.ts";
import { localObjectRef, policyTargetRef, policyTargetRefs } from "../fields/references.ts";
import { policyStatus } from "../fields/route-status.ts";
import { authoritiesGiven, oneKindOfAuthorities, subjectAltNameFitsType } from "../rules/backend-tls.ts";
import { choice, list, map, object, text } from "../shape.ts";

const subjectAltName = object(
  "A name the backend's certificate may carry.",
  {
    hostname: hostname("The host name, for Hostname."),
    type: choice("What kind of name it is.", ["Hostname", "URI"]),
    uri: text("The URI, for URI.", {
      minLength: 1,
      maxLength: 253,
      pattern: "^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?",
    }),
  },
  { required: ["type"], rules: subjectAltNameFitsType },
);

const validation = object(
  "How the backend's certificate is checked.",
  {
    caCertificateRefs: list("Authorities the certificate may come from.", localObjectRef("An authority."), {
      maxItems: 8,
    }),
    hostname: preciseHostname("Host sent as SNI, and expected in the certificate unless subjectAltNames are given."),
    subjectAltNames: list("Names of which the certificate must carry one.", subjectAltName, { maxItems: 5 }),
    wellKnownCACertificates: text("Authorities known to the system: System, or a name of an implementation.", {
      minLength: 1,
      maxLength: 253,
      pattern:
        "^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$",
    }),
  },
  { required: ["hostname"], rules: [oneKindOfAuthorities, authoritiesGiven] },
);

const spec = object(
  "TLS from the Gateway to backends.",
  {
    options: map("Settings of an implementation.", text("The value.", { minLength: 0, maxLength: 4096 }), {
      maxProperties: 16,
    }),
    targetRefs: policyTargetRefs("The Services the policy acts on.", policyTargetRef),
    validation,
  },
  { required: ["targetRefs", "validation"] },
);

/** Gateway API v1.6. */
export const backendTlsPolicy = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1", "v1alpha3"],
  kind: "BackendTLSPolicy",
  plural: "backendtlspolicies",
  singular: "backendtlspolicy",
  shortNames: ["btlspolicy"],
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: true,
  description: "How the Gateway speaks TLS to a Service.",
  fields: { spec, status: policyStatus },
  required: ["spec"],
  columns: [ageColumn],
});
