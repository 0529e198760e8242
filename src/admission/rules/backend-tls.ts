import { listAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { FieldRule } from "../shape.ts";

/** BackendTLSPolicy. */

const namesRefs = (validation: Json): boolean => listAt(validation, "caCertificateRefs").length > 0;
const namesWellKnown = (validation: Json): boolean => (textAt(validation, "wellKnownCACertificates") ?? "") !== "";

export const oneKindOfAuthorities: FieldRule = {
  name: "one-kind-of-authorities",
  check: (validation) =>
    namesRefs(validation) && namesWellKnown(validation)
      ? [{ path: ["wellKnownCACertificates"], message: "cannot be combined with caCertificateRefs" }]
      : [],
};

export const authoritiesGiven: FieldRule = {
  name: "authorities-given",
  check: (validation) =>
    namesRefs(validation) || namesWellKnown(validation)
      ? []
      : [
          {
            path: [],
            message: "names no authority",
            hint: "Set caCertificateRefs, or wellKnownCACertificates: System.",
          },
        ],
};

export const subjectAltNameFitsType: readonly FieldRule[] = [
  ["Hostname", "hostname"] as const,
  ["URI", "uri"] as const,
].flatMap(([type, field]): FieldRule[] => [
  {
    name: `subject-alt-name-${type}-requires-${field}`,
    check: (name) =>
      textAt(name, "type") === type && (textAt(name, field) ?? "") === ""
        ? [{ path: [field], message: `is required when type is ${type}` }]
        : [],
  },
  {
    name: `subject-alt-name-${field}-only-with-${type}`,
    check: (name) =>
      textAt(name, "type") !== type && (textAt(name, field) ?? "") !== ""
        ? [{ path: [field], message: `is only allowed when type is ${type}` }]
        : [],
  },
]);
