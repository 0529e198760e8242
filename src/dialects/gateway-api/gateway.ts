import type { Collection, Context } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Gateway, Listener } from "../../model/gateway.ts";
import { listAt, textAt, valueAt } from "../../model/json.ts";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport, StatusValue } from "../../model/status.ts";
import type { TrustBundle } from "../../model/trust-bundle.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import { clientAddressOf, clientPort, edgeOptionsOf } from "../gateway-defaults.ts";
import { origin } from "../origin.ts";
import { type BackendCertificate, readBackendCertificate } from "./backend-certificate.ts";
import { conditionValue, met, unmet } from "./conditions.ts";
import { allowsUntrusted, readFrontendTls } from "./frontend-tls.ts";
import { type GatewayEntry, isAccepted, type ListenerEntry, lacksAuthority } from "./gateway-entry.ts";
import { gatewayGroup, routesByProtocol } from "./kinds.ts";
import { findCertificates, type ListenerCertificates } from "./listener-certificates.ts";
import type { TlsOverlap } from "./overlapping-tls.ts";
import { gatewayParametersPath } from "./parameters.ts";
import { describeReserved, reservedHint } from "./reserved-ports.ts";

/** What a Gateway of ours comes to. */
export interface GatewayAnalysis {
  readonly gateway?: Gateway;
  readonly listeners: readonly Listener[];
  /** The authorities that listeners refer to; those of ListenerSets refer to them too. */
  readonly bundles?: readonly TrustBundle[];
  readonly diagnostics: readonly Diagnostic[];
  /** Without the number of attached routes, which is added last: it changes far more often than anything here. */
  readonly status: GatewayStatusParts;
}

export interface GatewayStatusParts {
  readonly report: Omit<StatusReport, "status">;
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatusParts[];
  /** Whether it says anything of ListenerSets; without it none can be attached. */
  readonly countsListenerSets: boolean;
}

export interface ListenerStatusParts {
  readonly key: string;
  readonly name: string;
  readonly supportedKinds: readonly string[];
  readonly conditions: readonly Condition[];
}

export function analyseGateway(
  object: SourceObject,
  entry: GatewayEntry,
  overlaps: Collection<TlsOverlap>,
  core: CoreCollections,
  options: DialectOptions,
  context: Context,
): GatewayAnalysis {
  const report = { object: refOf(object), generation: object.generation };
  const countsListenerSets = valueAt(object.body, "spec", "allowedListeners") !== undefined;
  if (entry.parameterProblem !== undefined) {
    const { code, message, hint } = entry.parameterProblem;
    const problem = diagnose(code, origin(object, ...gatewayParametersPath), message, hint);
    const condition = unmet("Accepted", "InvalidParameters", message);
    const status = { report, conditions: [condition], listeners: [], countsListenerSets };
    return { listeners: [], diagnostics: [problem], status };
  }
  const parts = entry.listeners.map((listener) =>
    analyseListener(object, entry.key, listener, overlaps, core, options, context),
  );
  const addresses = addressProblem(object);
  const accepted = entry.listeners.filter(isAccepted);
  const frontend = readFrontendTls(object, core, context);
  const shown = readBackendCertificate(object, core, context);
  const conditions = [acceptedCondition(entry, addresses?.message), resolvedCondition(parts, shown.problem)];
  if (allowsUntrusted(entry.frontend)) {
    const message = "tls.frontend lets clients connect whose certificates are missing or not valid.";
    conditions.push(met("InsecureFrontendValidationMode", "ConfigurationChanged", message));
  }
  const status = { report, conditions, listeners: parts.map((part) => part.status), countsListenerSets };
  const diagnostics = [...frontend.diagnostics, ...shown.diagnostics, ...parts.flatMap((part) => part.diagnostics)];
  if (addresses !== undefined) diagnostics.push(addresses);
  if (accepted.length === 0 || addresses !== undefined) return { listeners: [], diagnostics, status };
  const gateway: Gateway = {
    key: entry.key,
    proxyClass: options.proxyClassOf(entry.key),
    clientAddress: clientAddressOf(options),
    edge: edgeOptionsOf(options, "unescape-and-redirect"),
    creationTimestamp: object.creationTimestamp,
    ...(shown.certificate === undefined ? {} : { clientCertificate: shown.certificate }),
    origin: origin(object),
  };
  const { bundles } = frontend;
  return { gateway, listeners: parts.flatMap((part) => part.listener ?? []), bundles, diagnostics, status };
}

/** The complete status, with the number of routes attached to each listener. */
export function gatewayStatus(
  parts: GatewayStatusParts,
  attachedRoutes: (listener: string) => number,
  attachedListenerSets: number,
): StatusReport {
  const listeners = listenerStatuses(parts.listeners, attachedRoutes);
  const conditions = parts.conditions.map(conditionValue);
  const counted = parts.countsListenerSets ? { attachedListenerSets } : {};
  return { ...parts.report, status: { conditions, listeners, ...counted } };
}

export function listenerStatuses(
  listeners: readonly ListenerStatusParts[],
  attachedRoutes: (listener: string) => number,
): readonly StatusValue[] {
  return listeners.map((listener) => ({
    name: listener.name,
    supportedKinds: listener.supportedKinds.map((kind) => ({ group: gatewayGroup, kind })),
    attachedRoutes: attachedRoutes(listener.key),
    conditions: listener.conditions.map(conditionValue),
  }));
}

export interface ListenerAnalysis {
  readonly listener?: Listener;
  readonly status: ListenerStatusParts;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What one listener comes to.
 * @param object the Gateway or ListenerSet that it stands in.
 * @param gateway key of the Gateway that serves it.
 */
export function analyseListener(
  object: SourceObject,
  gateway: string,
  entry: ListenerEntry,
  overlaps: Collection<TlsOverlap>,
  core: CoreCollections,
  options: DialectOptions,
  context: Context,
): ListenerAnalysis {
  const isHttps = entry.protocol === "HTTPS";
  const certificates = entry.tlsMode === "terminate" ? findCertificates(object, entry, core, context) : undefined;
  const status = {
    key: entry.key,
    name: entry.section,
    supportedKinds: entry.kinds,
    conditions: listenerConditions(entry, certificates, context.get(overlaps, entry.key)),
  };
  const diagnostics = [...diagnoseListener(object, entry, options), ...(certificates?.diagnostics ?? [])];
  if (!isAccepted(entry)) return { status, diagnostics };
  const port = clientPort(options, entry.port);
  const base = {
    key: entry.key,
    gateway,
    proxyClass: options.proxyClassOf(gateway),
    section: entry.key.slice(gateway.length + 1),
    port,
    bindPort: port,
    hostname: entry.hostname,
    isolation: "isolated",
    detectMisdirected: isHttps,
    origin: origin(object, "spec", "listeners", entry.index),
  } as const;
  if (!isHttps)
    return { listener: { ...base, ...withoutHttps(entry, certificates?.usable ?? []) }, status, diagnostics };
  const tls = {
    mode: "terminate",
    certificates: certificates?.usable ?? [],
    minimumVersion: "1.2",
    alpn: ["h2", "http/1.1"],
    ...(entry.frontend?.clients === undefined ? {} : { clientValidation: entry.frontend.clients }),
  } as const;
  return { listener: { ...base, protocol: "https", tls }, status, diagnostics };
}

/** Protocol and TLS of a listener that does not speak HTTPS. What goes through a TLS listener is not HTTP, so it offers no protocol. */
function withoutHttps(entry: ListenerEntry, certificates: readonly string[]): Pick<Listener, "protocol" | "tls"> {
  switch (entry.protocol) {
    case "TLS": {
      const mode = entry.tlsMode ?? "terminate";
      return { protocol: "tls", tls: { mode, certificates, minimumVersion: "1.2", alpn: [] } };
    }
    case "TCP":
      return { protocol: "tcp" };
    case "UDP":
      return { protocol: "udp" };
    default:
      return { protocol: "http" };
  }
}

function listenerConditions(
  entry: ListenerEntry,
  certificates: ListenerCertificates | undefined,
  overlap: TlsOverlap | undefined,
): Condition[] {
  const conditions: Condition[] = [];
  if (!entry.supported) {
    const message = `Protocol ${entry.protocol} is not supported; use HTTP, HTTPS, TLS, TCP or UDP.`;
    conditions.push(unmet("Accepted", "UnsupportedProtocol", message));
  } else if (entry.reservedFor !== undefined) {
    conditions.push(unmet("Accepted", "PortUnavailable", describeReserved(entry.port, entry.reservedFor)));
  } else if (lacksAuthority(entry)) {
    const why = entry.frontend?.problem?.message ?? "";
    conditions.push(unmet("Accepted", "NoValidCACertificate", `No client could be let in: ${why}`));
  } else if (entry.conflict !== undefined) {
    conditions.push(unmet("Accepted", entry.conflict.reason, describeConflict(entry)));
  } else {
    conditions.push(met("Accepted", "Accepted", "The listener is valid."));
  }
  if (entry.conflict === undefined) conditions.push(unmet("Conflicted", "NoConflicts", "No other listener conflicts."));
  else conditions.push(met("Conflicted", entry.conflict.reason, describeConflict(entry)));
  conditions.push(resolvedRefs(entry, certificates));
  if (overlap !== undefined) {
    const others = [
      ...overlap.sections,
      ...(overlap.elsewhere ? ["listeners that other objects give the Gateway"] : []),
    ];
    const message = `Hosts overlap with those of ${others.join(", ")}.`;
    conditions.push(met("OverlappingTLSConfig", "OverlappingHostnames", message));
  }
  const unserved = certificates?.usable.length === 0 || entry.kinds.length === 0 || lacksAuthority(entry);
  if (unserved) conditions.push(unmet("Programmed", "Invalid", "Nothing of the listener can be served."));
  else if ((certificates?.problem ?? entry.frontend?.problem) !== undefined || entry.hasUnknownKinds) {
    const message = "What can be served of the listener is.";
    conditions.push({ type: "Programmed", status: "Unknown", reason: "Pending", message });
  }
  return conditions;
}

function resolvedRefs(entry: ListenerEntry, certificates: ListenerCertificates | undefined): Condition {
  if (certificates?.problem !== undefined) {
    return unmet("ResolvedRefs", certificates.problem.reason, certificates.problem.message);
  }
  const authorities = entry.frontend?.problem;
  if (authorities !== undefined) return unmet("ResolvedRefs", authorities.reason, authorities.message);
  if (entry.hasUnknownKinds) {
    return unmet(
      "ResolvedRefs",
      "InvalidRouteKinds",
      "allowedRoutes.kinds names kinds that this listener cannot take.",
    );
  }
  return met("ResolvedRefs", "ResolvedRefs", "All references are resolved.");
}

function describeConflict(entry: ListenerEntry): string {
  const other = entry.conflict?.other;
  const who = other === undefined ? "A listener that comes first" : `Listener ${other}`;
  return entry.conflict?.reason === "ProtocolConflict"
    ? `${who} speaks another protocol on port ${entry.port}.`
    : `${who} has the same host on port ${entry.port}.`;
}

function diagnoseListener(object: SourceObject, entry: ListenerEntry, options: DialectOptions): Diagnostic[] {
  const path = ["spec", "listeners", entry.index] as const;
  const found: Diagnostic[] = [];
  if (!entry.supported) {
    const message = `Listener ${entry.section}: protocol ${entry.protocol} is not supported.`;
    found.push(diagnose("WR0303", origin(object, ...path, "protocol"), message, "Use HTTP, HTTPS, TLS, TCP or UDP."));
  }
  if (entry.reservedFor !== undefined) {
    const message = `Listener ${entry.section}: ${describeReserved(entry.port, entry.reservedFor)} It is not served.`;
    found.push(diagnose("WR0313", origin(object, ...path, "port"), message, reservedHint(options)));
  }
  if (lacksAuthority(entry)) {
    const message = `Listener ${entry.section}: its Gateway asks clients for certificates and names no authority that can be used; it is not served.`;
    found.push(diagnose("WR0402", origin(object, ...path), message, "Correct tls.frontend of the Gateway."));
  }
  if (entry.conflict !== undefined) {
    const field = entry.conflict.reason === "ProtocolConflict" ? "protocol" : "hostname";
    const outcome = entry.conflict.other === undefined ? "This one is not served." : "Neither is served.";
    const message = `Listener ${entry.section}: ${describeConflict(entry)} ${outcome}`;
    found.push(diagnose("WR0304", origin(object, ...path, field), message, "Give one of them another port or host."));
  }
  if (entry.hasUnknownKinds) {
    const message = `Listener ${entry.section}: allowedRoutes.kinds names kinds that it cannot take.`;
    const hint = `${entry.protocol} listeners take ${routesByProtocol.get(entry.protocol)?.join(" and ") ?? "no routes"}.`;
    found.push(diagnose("WR0206", origin(object, ...path, "allowedRoutes", "kinds"), message, hint));
  }
  return found;
}

function acceptedCondition(entry: GatewayEntry, addressMessage: string | undefined): Condition {
  if (addressMessage !== undefined) return unmet("Accepted", "UnsupportedAddress", addressMessage);
  const invalid = entry.listeners.filter((listener) => !isAccepted(listener)).map((listener) => listener.section);
  if (invalid.length === 0) return met("Accepted", "Accepted", "The Gateway is valid.");
  const message = `Not served: ${invalid.join(", ")}.`;
  return invalid.length === entry.listeners.length
    ? unmet("Accepted", "ListenersNotValid", message)
    : met("Accepted", "ListenersNotValid", message);
}

function resolvedCondition(parts: readonly ListenerAnalysis[], shown: BackendCertificate["problem"]): Condition {
  if (shown !== undefined) return unmet("ResolvedRefs", shown.reason, shown.message);
  const unresolved = parts
    .filter((part) => part.status.conditions.some((item) => item.type === "ResolvedRefs" && item.status === "False"))
    .map((part) => part.status.name);
  if (unresolved.length === 0) return met("ResolvedRefs", "ResolvedRefs", "All references are resolved.");
  return unmet("ResolvedRefs", "ListenersNotResolved", `References do not resolve in: ${unresolved.join(", ")}.`);
}

/** Only IP addresses and host names can be asked for. */
function addressProblem(object: SourceObject): Diagnostic | undefined {
  const addresses = listAt(object.body, "spec", "addresses");
  const index = addresses.findIndex((address) => {
    const type = textAt(address, "type") ?? "IPAddress";
    return type !== "IPAddress" && type !== "Hostname";
  });
  if (index < 0) return undefined;
  const message = `Address type ${textAt(addresses[index], "type") ?? ""} is not supported.`;
  return diagnose("WR0303", origin(object, "spec", "addresses", index, "type"), message, "Use IPAddress or Hostname.");
}
