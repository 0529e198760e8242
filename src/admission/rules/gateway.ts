import { isIPv4, isIPv6 } from "node:net";
import { isList, isObject, numberAt, textAt } from "../../model/json.ts";
import { hostnamePattern } from "../fields/names.ts";
import type { FieldRule } from "../shape.ts";

function addressesUnique(type: string): FieldRule {
  return {
    name: `gateway-${type}-addresses-unique`,
    check: (addresses) => {
      if (!isList(addresses)) return [];
      const seen = new Set<string>();
      return addresses.flatMap((address, index) => {
        const value = textAt(address, "value");
        if (value === undefined || textAt(address, "type") !== type) return [];
        if (seen.has(value)) return [{ path: [index, "value"], message: `"${value}" is listed twice` }];
        seen.add(value);
        return [];
      });
    },
  };
}

export const ipAddressesUnique = addressesUnique("IPAddress");
export const hostnameAddressesUnique = addressesUnique("Hostname");

const hostnameExpression = new RegExp(hostnamePattern);

export const addressValueFitsType: readonly FieldRule[] = [
  {
    name: "address-hostname-valid",
    check: (address) => {
      const value = textAt(address, "value");
      if (value === undefined || textAt(address, "type") !== "Hostname" || hostnameExpression.test(value)) return [];
      return [{ path: ["value"], message: `"${value}" is no host name` }];
    },
  },
  {
    name: "address-ip-valid",
    check: (address) => {
      const value = textAt(address, "value");
      if (value === undefined || textAt(address, "type") !== "IPAddress" || isIPv4(value) || isIPv6(value)) return [];
      return [
        { path: ["value"], message: `"${value}" is no IP address`, hint: "For a host name, set type: Hostname." },
      ];
    },
  },
];

const metadataKey =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

export const metadataKeys: FieldRule = {
  name: "metadata-keys-valid",
  check: (values) =>
    isObject(values)
      ? Object.keys(values).flatMap((key) =>
          metadataKey.test(key)
            ? []
            : [
                {
                  path: [key],
                  message: `"${key}" is no label name: an optional DNS prefix and "/", then up to 63 characters`,
                },
              ],
        )
      : [],
};

export const metadataKeyPrefixes: FieldRule = {
  name: "metadata-key-prefixes-short",
  check: (values) =>
    isObject(values)
      ? Object.keys(values).flatMap((key) =>
          (key.split("/")[0] ?? "").length < 253
            ? []
            : [{ path: [key], message: "has a prefix of 253 characters or more" }],
        )
      : [],
};

export const perPortUnique: FieldRule = {
  name: "frontend-tls-ports-unique",
  check: (entries) => {
    if (!isList(entries)) return [];
    const seen = new Set<number>();
    return entries.flatMap((entry, index) => {
      const port = numberAt(entry, "port") ?? 0;
      if (seen.has(port)) return [{ path: [index, "port"], message: `port ${port} has settings already` }];
      seen.add(port);
      return [];
    });
  },
};
