import { isIPv4, isIPv6 } from "node:net";
import { isList, isObject, listAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { FieldRule } from "../shape.ts";
import { textRule } from "./each.ts";

/** weir.dev/v1alpha1 AccessPolicy. */

const targetKinds: readonly { readonly group: string; readonly kind: string; readonly sections: boolean }[] = [
  { group: "gateway.networking.k8s.io", kind: "Gateway", sections: true },
  { group: "gateway.networking.k8s.io", kind: "HTTPRoute", sections: true },
  { group: "gateway.networking.k8s.io", kind: "GRPCRoute", sections: true },
  { group: "networking.k8s.io", kind: "Ingress", sections: false },
];

export const targetKindKnown: FieldRule = {
  name: "access-policy-target-kind",
  check: (target) => {
    const group = textAt(target, "group");
    const kind = textAt(target, "kind");
    const known = targetKinds.find((candidate) => candidate.kind === kind);
    if (known === undefined) {
      const kinds = targetKinds.map((candidate) => candidate.kind).join(", ");
      return [
        { path: ["kind"], message: `"${kind}" cannot be the target of an AccessPolicy`, hint: `Use one of ${kinds}.` },
      ];
    }
    if (known.group !== group) {
      return [{ path: ["group"], message: `"${group}" has no kind ${kind}`, hint: `Set group: ${known.group}.` }];
    }
    if (known.sections || valueAt(target, "sectionName") === undefined) return [];
    return [{ path: ["sectionName"], message: `is not allowed for ${kind}, which has no named sections` }];
  },
};

/** An address or a CIDR of either family; bits beyond the prefix are allowed and count for nothing. */
function addressRangeProblem(range: string): string | undefined {
  const slash = range.indexOf("/");
  const address = slash < 0 ? range : range.slice(0, slash);
  const length = slash < 0 ? "0" : range.slice(slash + 1);
  const longest = isIPv4(address) ? 32 : isIPv6(address) && !address.includes("%") ? 128 : -1;
  const fits = /^\d{1,3}$/.test(length) && Number(length) <= longest;
  return fits ? undefined : `"${range}" is neither an IP address nor a CIDR`;
}

export const addressRange = textRule("address-range", addressRangeProblem, "For example 10.0.0.0/8 or 2001:db8::1.");

export const somethingToCheck: FieldRule = {
  name: "access-policy-not-empty",
  check: (spec) =>
    ["clientAddresses", "jwt", "rules"].some((field) => valueAt(spec, field) !== undefined)
      ? []
      : [{ path: [], message: "checks nothing", hint: "Set clientAddresses, jwt or rules." }],
};

export const inlineOrRemote: FieldRule = {
  name: "jwks-inline-or-remote",
  check: (jwks) => {
    const inline = valueAt(jwks, "inline") !== undefined;
    const remote = valueAt(jwks, "remote") !== undefined;
    if (inline !== remote) return [];
    return inline
      ? [{ path: ["remote"], message: "cannot be combined with inline" }]
      : [{ path: [], message: "has neither inline nor remote" }];
  },
};

function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function keySetProblem(text: string): string | undefined {
  const keySet = parsed(text);
  if (!isObject(keySet) || !isList(keySet.keys))
    return 'is no JSON Web Key Set: a JSON object with a list "keys" (RFC 7517)';
  return keySet.keys.length === 0 ? "holds no key" : undefined;
}

export const keySet = textRule("jwks-inline-is-key-set", keySetProblem);

function httpUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return "is no http or https URL";
  return url.username === "" && url.password === "" ? undefined : "holds credentials, which are not allowed in it";
}

export const httpUrl = textRule("jwks-remote-url", httpUrlProblem);

export const namesUnique: FieldRule = {
  name: "names-unique",
  check: (items) => {
    if (!isList(items)) return [];
    const seen = new Set<string>();
    return items.flatMap((item, index) => {
      const name = textAt(item, "name");
      if (name === undefined) return [];
      if (seen.has(name)) return [{ path: [index, "name"], message: `"${name}" is used twice` }];
      seen.add(name);
      return [];
    });
  },
};

export const claimProvidersKnown: FieldRule = {
  name: "claim-providers-known",
  check: (spec) => {
    const providers = listAt(spec, "jwt", "providers").map((provider) => textAt(provider, "name"));
    return listAt(spec, "rules").flatMap((rule, index) =>
      listAt(rule, "when", "jwtClaims").flatMap((claim, position) => {
        const provider = textAt(claim, "provider");
        if (providers.includes(provider)) return [];
        return [
          {
            path: ["rules", index, "when", "jwtClaims", position, "provider"],
            message: `"${provider}" is none of spec.jwt.providers`,
          },
        ];
      }),
    );
  },
};
