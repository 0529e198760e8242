/**
 * Every diagnostic Weir can give, in one table: the reference page is generated from it.
 * Codes are stable: scripts and searches rely on them. `meaning` is one or two sentences for the reference page.
 */
export type Severity = "error" | "warning" | "info";

export interface CodeDescription {
  readonly severity: Severity;
  readonly title: string;
  readonly meaning: string;
}

function code<S extends Severity>(severity: S, title: string, meaning: string): CodeDescription {
  return { severity, title, meaning };
}

export const diagnosticCodes = {
  // WR01xx: text and objects, before any dialect looks at them
  WR0101: code("error", "malformed YAML", "The text is not YAML. The file's last readable content stays in effect."),
  WR0102: code("error", "not an object", "A document is not a mapping with apiVersion, kind and metadata.name."),
  WR0103: code("error", "duplicate object", "The same object is defined twice in one source; the first one counts."),
  WR0104: code("warning", "unknown kind", "No dialect knows this kind; the object has no effect."),
  WR0105: code("warning", "unknown field", "The kind has no such field; it has no effect."),
  WR0106: code("error", "invalid value", "A field has a value its definition does not allow; the object is not used."),
  WR0107: code("error", "missing field", "A required field is absent; the object is not used."),
  WR0108: code(
    "error",
    "unreadable text",
    "The file does not exist or cannot be opened, or it is too large, nested too deeply or not UTF-8. What it last said stays in effect.",
  ),
  WR0109: code(
    "warning",
    "shadowed object",
    "Another source, earlier in the configured order, defines this object too.",
  ),
  // WR02xx: references between objects
  WR0201: code(
    "error",
    "missing service",
    "The referenced Service does not exist; requests get the outcome of its dialect.",
  ),
  WR0202: code("error", "missing port", "The Service has no such port."),
  WR0203: code("error", "missing secret", "The referenced Secret does not exist; what needs it is not served."),
  WR0204: code(
    "error",
    "broken certificate",
    "The Secret's certificate or key does not parse, or they do not belong together.",
  ),
  WR0205: code(
    "error",
    "reference not permitted",
    "The reference crosses a namespace and no ReferenceGrant allows it.",
  ),
  WR0206: code("error", "unsupported reference", "The referenced group and kind cannot be used in this place."),
  WR0207: code("warning", "no endpoints", "The Service has no ready endpoints; requests are answered 503."),
  WR0208: code("error", "missing class", "The referenced class does not exist or belongs to another controller."),
  WR0209: code("error", "missing parent", "The referenced parent does not exist or does not accept this route."),
  WR0210: code(
    "error",
    "missing configuration",
    "The referenced ConfigMap, key or ProxyClass does not exist, or is not valid.",
  ),
  WR0211: code("warning", "expired certificate", "The certificate's validity is over; it is served all the same."),
  WR0212: code(
    "warning",
    "unusable endpoint",
    "An address or port of an endpoint slice cannot be used; it gets no traffic.",
  ),
  // WR03xx: meaning of routes and listeners
  WR0301: code(
    "warning",
    "shadowed rule",
    "Another rule with the same host and match wins; this one never receives a request.",
  ),
  WR0302: code("error", "invalid regular expression", "RE2, the engine Envoy uses, refuses the regular expression."),
  WR0303: code("error", "unsupported value", "The value is valid for the dialect but Weir cannot honour it here."),
  WR0304: code(
    "error",
    "conflicting listener",
    "Two listeners want the same port with different protocols or the same host.",
  ),
  WR0305: code(
    "warning",
    "host owned by another dialect",
    "Two dialects define rules for one host and path; the documented order decides.",
  ),
  WR0306: code(
    "info",
    "no class",
    "The Ingress names no class and no default class exists; the stated rule for class-less objects applies.",
  ),
  WR0307: code("error", "no matching host", "The route's hosts and the listener's host have nothing in common."),
  WR0308: code("error", "not allowed by listener", "The listener does not accept routes of this kind or namespace."),
  WR0309: code("warning", "rule without a backend", "The rule has nowhere to send requests; it answers 500."),
  WR0310: code(
    "info",
    "another controller's class",
    "The Ingress names a class that is not known here; it is not served.",
  ),
  WR0311: code(
    "error",
    "host taken by another kind of route",
    "An HTTPRoute and a GRPCRoute want the same host of a listener; the older one is served.",
  ),
  WR0312: code("error", "listeners not allowed", "The Gateway does not take ListenerSets of this namespace."),
  WR0313: code(
    "error",
    "reserved port",
    "The listener wants a port on which each proxy pod answers itself (readiness, metrics); it is not served.",
  ),
  // WR04xx: policies
  WR0401: code("error", "policy target not found", "The policy's target does not exist."),
  WR0402: code(
    "error",
    "policy cannot be enforced",
    "A part the policy needs is missing or invalid; the rules it covers answer 5xx.",
  ),
  WR0403: code("warning", "policy overridden", "A policy with higher precedence replaces this one for some rules."),
  // WR05xx: serving
  WR0501: code("error", "refused by Envoy's rules", "The resource would be refused by Envoy; the rule is not served."),
  WR0502: code(
    "error",
    "refused by Envoy",
    "Envoy refused the resource; the last acknowledged version stays in effect.",
  ),
  WR0503: code(
    "warning",
    "released without acknowledgement",
    "A rule went out though its cluster was not confirmed in time.",
  ),
  WR0504: code(
    "error",
    "port in use",
    "Envoy cannot listen on the port: something else does. It tries again until it can.",
  ),
  // WR06xx: the control plane's own configuration
  WR0601: code("error", "unreadable configuration", "The configuration file is missing or is not a YAML mapping."),
  WR0602: code("error", "unknown setting", "The configuration has a setting that does not exist."),
  WR0603: code("error", "invalid setting", "A setting of the control plane has a value it cannot have."),
  WR0604: code("warning", "unknown variable", "An environment variable begins with WEIR_ but names no setting."),
  WR0605: code(
    "error",
    "no development certificates",
    "The local development certificate authority cannot be used; Secrets that were to come from it are missing.",
  ),
  // WR07xx: making proxies in a cluster
  WR0701: code(
    "error",
    "proxies refused",
    "The cluster refuses something that a Gateway's proxies need: an admission webhook or a policy of the cluster says no. What exists is left as it is, and making it is tried again.",
  ),
  WR0702: code(
    "error",
    "name taken",
    "An object that a Gateway's proxies need has the name of one that somebody else made, which is left alone.",
  ),
  WR0703: code(
    "error",
    "not permitted",
    "Weir itself may not write something that a Gateway's proxies need: its role in the cluster lacks the right.",
  ),
  WR0704: code("error", "quota exceeded", "A ResourceQuota or LimitRange leaves no room for a Gateway's proxies."),
  WR0705: code(
    "error",
    "invalid proxy settings",
    "The API server does not take what the ProxyClass or the Gateway's infrastructure makes of an object of its proxies.",
  ),
  WR0706: code(
    "warning",
    "proxies do not start",
    "The pods of a Gateway's proxies have not become ready for longer than their Deployment waits.",
  ),
} as const satisfies Record<string, CodeDescription>;

export type DiagnosticCode = keyof typeof diagnosticCodes;
