import { isIP } from "node:net";
import { isList } from "../../model/json.ts";
import { subdomainPattern } from "../fields/names.ts";
import type { FieldRule } from "../shape.ts";

const subdomain = new RegExp(subdomainPattern);

function eachHostname(name: string, message: string, fails: (hostname: string) => boolean): FieldRule {
  return {
    name,
    check: (hostnames) =>
      isList(hostnames)
        ? hostnames.flatMap((hostname, index) =>
            typeof hostname === "string" && fails(hostname)
              ? [{ path: [index], message: `"${hostname}" ${message}` }]
              : [],
          )
        : [],
  };
}

/** TLSRoute: what SNI can carry (RFC 6066 section 3 allows no addresses). */
export const hostnamesAreNames: readonly FieldRule[] = [
  eachHostname("hostnames-are-no-addresses", "is an IP address, which SNI cannot carry", (name) => isIP(name) !== 0),
  eachHostname("hostnames-valid", "is no host name", (name) => !name.includes("*") && !subdomain.test(name)),
  eachHostname(
    "hostname-wildcard-first",
    "may have a wildcard only as its whole first label",
    (name) => name.includes("*") && !(name.startsWith("*.") && subdomain.test(name.slice(2))),
  ),
];
