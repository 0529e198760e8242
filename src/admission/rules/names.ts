import { isIP } from "node:net";

/** Checks of names as the API server makes them; each returns what is wrong, or undefined. */

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export function subdomainProblem(name: string): string | undefined {
  if (name.length <= 253 && subdomain.test(name)) return undefined;
  return `"${name}" is no DNS name: lower-case letters, digits, "-" and ".", at most 253 characters`;
}

export function labelProblem(name: string): string | undefined {
  if (name.length <= 63 && label.test(name)) return undefined;
  return `"${name}" is no DNS label: lower-case letters, digits and "-", at most 63 characters`;
}

/** A host in a rule: a DNS name whose first label may be `*`, and no address. */
export function hostProblem(host: string): string | undefined {
  if (isIP(host) !== 0) return `"${host}" is an IP address; a host must be a DNS name`;
  if (!host.includes("*")) return subdomainProblem(host);
  if (host.startsWith("*.") && subdomainProblem(host.slice(2)) === undefined) return undefined;
  return `"${host}" is no wildcard host: only the whole first label can be "*", as in *.example.com`;
}

/** A port name (RFC 6335 section 5.1), as in a container or a Service's targetPort. */
export function portNameProblem(name: string): string | undefined {
  const fits = name.length <= 15 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && /[a-z]/.test(name);
  if (fits && !name.includes("--")) return undefined;
  return `"${name}" is no port name: at most 15 lower-case letters, digits and single "-", one letter at least`;
}

/** A label or annotation key, or an appProtocol: an optional DNS prefix and "/", then a name. */
export function qualifiedNameProblem(name: string): string | undefined {
  const slash = name.indexOf("/");
  const prefix = slash < 0 ? undefined : name.slice(0, slash);
  const local = name.slice(slash + 1);
  const prefixFits = prefix === undefined || subdomainProblem(prefix) === undefined;
  if (prefixFits && local.length <= 63 && qualifiedName.test(local)) return undefined;
  return `"${name}" must be an optional DNS prefix and "/", then up to 63 letters, digits, "-", "_" and "."`;
}

/** A name that is to be part of a URL path, as that of any object is. */
export function pathSegmentProblem(name: string): string | undefined {
  return name === "." || name === ".." || /[/%]/.test(name) ? `"${name}" cannot be part of a URL path` : undefined;
}

export function labelValueProblem(value: string): string | undefined {
  if (value === "" || (value.length <= 63 && qualifiedName.test(value))) return undefined;
  return `"${value}" is no label value: up to 63 letters, digits, "-", "_" and "."`;
}

/** The API server's own finalizers, which have no prefix (core/v1 and meta/v1). */
const ownFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

export function finalizerProblem(name: string): string | undefined {
  if (ownFinalizers.has(name)) return undefined;
  const problem = qualifiedNameProblem(name);
  if (problem !== undefined || name.includes("/")) return problem;
  return `"${name}" must begin with a DNS prefix and "/"`;
}
