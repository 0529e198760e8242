import { textRule } from "../rules/each.ts";
import { pathSegmentProblem, subdomainProblem } from "../rules/names.ts";
import { int32, type Shape, text } from "../shape.ts";

/** Patterns of the names Kubernetes uses, as the published definitions state them. */
const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;

export const labelPattern = `^${label}$`;
export const subdomainPattern = `^${subdomain}$`;
export const hostnamePattern = `^(\\*\\.)?${subdomain}$`;
export const groupPattern = `^$|^${subdomain}$`;
export const kindPattern = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$";
export const controllerPattern = `^${subdomain}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`;
export const headerNamePattern = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$";
export const durationPattern = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

export const objectName = (description: string): Shape => text(description, { minLength: 1, maxLength: 253 });

export const namespaceName = (description: string): Shape =>
  text(description, { pattern: labelPattern, minLength: 1, maxLength: 63 });

export const groupName = (description: string, extra: { readonly default?: string } = {}): Shape =>
  text(description, { ...extra, pattern: groupPattern, maxLength: 253 });

export const kindNameField = (description: string, extra: { readonly default?: string } = {}): Shape =>
  text(description, { ...extra, pattern: kindPattern, minLength: 1, maxLength: 63 });

export const sectionName = (description: string): Shape =>
  text(description, { pattern: subdomainPattern, minLength: 1, maxLength: 253 });

/** A host name whose first label may be `*`. */
export const hostname = (description: string): Shape =>
  text(description, { pattern: hostnamePattern, minLength: 1, maxLength: 253 });

export const preciseHostname = (description: string): Shape =>
  text(description, { pattern: subdomainPattern, minLength: 1, maxLength: 253 });

export const portNumber = (description: string): Shape => int32(description, { minimum: 1, maximum: 65535 });

/** GEP-2257: up to four numbers of at most five digits, each with its unit. */
export const duration = (description: string): Shape => text(description, { pattern: durationPattern });

/** What names an object of any kind, as built-in kinds of networking.k8s.io do it. */
export const typedReference = {
  apiGroup: text("API group of the object; empty for the core group.", {
    rules: [textRule("api-group", subdomainProblem)],
  }),
  kind: text("Kind of the object.", { minLength: 1, rules: [textRule("kind", pathSegmentProblem)] }),
  name: text("Name of the object.", { minLength: 1, rules: [textRule("object-name", pathSegmentProblem)] }),
};
