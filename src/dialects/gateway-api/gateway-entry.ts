import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { gatewayGroup, httpListenerRoutes, type RouteKind } from "./kinds.ts";
import { type LabelSelector, readSelector } from "./label-selector.ts";

/** A Gateway as routes see it: everything that decides about attachment, nothing about certificates. */
export interface GatewayEntry {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  /** Whether its class belongs to this controller; all else is empty where it does not. */
  readonly own: boolean;
  /** Why nothing of it can be served, where that is so. */
  readonly parameterProblem?: string;
  readonly listeners: readonly ListenerEntry[];
}

export interface ListenerEntry {
  /** `namespace/name/section`. */
  readonly key: string;
  /** Place in `spec.listeners`. */
  readonly index: number;
  readonly section: string;
  /** As written; parentRefs compare with it. */
  readonly port: number;
  readonly protocol: string;
  readonly supported: boolean;
  /** A demand that cannot be met and must not be dropped: the listener is not served. */
  readonly unsupportedValue?: { readonly path: FieldPath; readonly message: string };
  readonly hostname: string;
  readonly conflict?: ListenerConflict;
  /** The kinds of routes it takes; empty where none of those that it names is known. */
  readonly kinds: readonly RouteKind[];
  readonly hasUnknownKinds: boolean;
  readonly namespaces: AllowedNamespaces;
}

export interface ListenerConflict {
  readonly reason: "ProtocolConflict" | "HostnameConflict";
  /** The section of the other listener. */
  readonly other: string;
}

export type AllowedNamespaces =
  | { readonly from: "All" }
  | { readonly from: "Same" }
  | { readonly from: "Selector"; readonly selector: LabelSelector };

/** Whether a listener is served, certificates aside. */
export function isAccepted(listener: ListenerEntry): boolean {
  return listener.supported && listener.unsupportedValue === undefined && listener.conflict === undefined;
}

/** Reads a Gateway whose class is ours. */
export function readGateway(object: SourceObject): GatewayEntry {
  const key = `${object.namespace}/${object.name}`;
  const listeners = listAt(object.body, "spec", "listeners").map((listener, index) =>
    readListener(object, key, listener, index),
  );
  const entry = { key, namespace: object.namespace, own: true, listeners: listeners.map(withConflict) };
  if (valueAt(object.body, "spec", "infrastructure", "parametersRef") === undefined) return entry;
  return {
    ...entry,
    parameterProblem: "infrastructure.parametersRef names an object that this controller does not read.",
  };
}

function readListener(object: SourceObject, gateway: string, listener: Json, index: number): ListenerEntry {
  const section = textAt(listener, "name") ?? "";
  const protocol = textAt(listener, "protocol") ?? "";
  const supported = protocol === "HTTP" || protocol === "HTTPS";
  const hostname = textAt(listener, "hostname") ?? "";
  const kinds = listAt(listener, "allowedRoutes", "kinds");
  const known = httpListenerRoutes.filter(
    (name) =>
      kinds.length === 0 ||
      kinds.some((kind) => textAt(kind, "kind") === name && (textAt(kind, "group") ?? gatewayGroup) === gatewayGroup),
  );
  const port = numberAt(listener, "port") ?? 0;
  const demand = protocol === "HTTPS" ? clientCertificateDemand(object, port) : undefined;
  return {
    key: `${gateway}/${section}`,
    index,
    section,
    port,
    ...(demand === undefined ? {} : { unsupportedValue: demand }),
    protocol,
    supported,
    hostname: hostname === "" ? "*" : hostname.toLowerCase(),
    kinds: supported ? known : [],
    hasUnknownKinds: supported && kinds.some((kind) => !isKnownKind(kind)),
    namespaces: readNamespaces(valueAt(listener, "allowedRoutes", "namespaces")),
  };
}

/** Clients' certificates cannot be checked yet; serving them unchecked would let everybody in (GatewaySpec.tls.frontend). */
function clientCertificateDemand(object: SourceObject, port: number): ListenerEntry["unsupportedValue"] {
  const frontend = ["spec", "tls", "frontend"] as const;
  const perPort = listAt(object.body, ...frontend, "perPort");
  const index = perPort.findIndex((entry) => numberAt(entry, "port") === port);
  const path =
    index < 0 ? [...frontend, "default", "validation"] : [...frontend, "perPort", index, "tls", "validation"];
  if (valueAt(object.body, ...path) === undefined) return undefined;
  return {
    path,
    message: "Client certificates are asked for, which cannot be checked yet: the listener is not served.",
  };
}

function isKnownKind(kind: Json): boolean {
  const name = textAt(kind, "kind");
  return (textAt(kind, "group") ?? gatewayGroup) === gatewayGroup && httpListenerRoutes.some((known) => known === name);
}

function readNamespaces(namespaces: Json | undefined): AllowedNamespaces {
  switch (textAt(namespaces, "from")) {
    case "All":
      return { from: "All" };
    case "Selector":
      return { from: "Selector", selector: readSelector(valueAt(namespaces, "selector")) };
    default:
      return { from: "Same" };
  }
}

/**
 * Listeners of one port must speak one protocol and have hosts of their own; where they do not, none of them is served
 * (GatewaySpec.listeners, "Handling indistinct Listeners").
 */
function withConflict(listener: ListenerEntry, _index: number, all: readonly ListenerEntry[]): ListenerEntry {
  if (!listener.supported) return listener;
  const neighbours = all.filter((other) => other !== listener && other.supported && other.port === listener.port);
  const otherProtocol = neighbours.find((other) => other.protocol !== listener.protocol);
  if (otherProtocol !== undefined) {
    return { ...listener, conflict: { reason: "ProtocolConflict", other: otherProtocol.section } };
  }
  const sameHost = neighbours.find((other) => other.hostname === listener.hostname);
  if (sameHost === undefined) return listener;
  return { ...listener, conflict: { reason: "HostnameConflict", other: sameHost.section } };
}
