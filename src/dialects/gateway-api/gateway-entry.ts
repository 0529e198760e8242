import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { DialectOptions } from "../dialect.ts";
import { clientPort } from "../gateway-defaults.ts";
import { type FrontendTls, type FrontendValidation, validationOn } from "./frontend-tls.ts";
import { type AnyRouteKind, gatewayGroup, routesByProtocol } from "./kinds.ts";
import { type LabelSelector, readSelector } from "./label-selector.ts";
import type { ParameterProblem } from "./parameters.ts";

/** A Gateway as routes see it: everything that decides about attachment, nothing about certificates. */
export interface GatewayEntry {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  /** Whether its class belongs to this controller; all else is empty where it does not. */
  readonly own: boolean;
  /** Why nothing of it can be served, where that is so. */
  readonly parameterProblem?: ParameterProblem;
  /** What it asks of clients, also on listeners of ListenerSets. */
  readonly frontend: FrontendTls;
  readonly listeners: readonly ListenerEntry[];
}

export interface ListenerEntry {
  /** `namespace/name/section`; for a listener of a ListenerSet `namespace/name/<set's namespace>/<set's name>/section`. */
  readonly key: string;
  /** Place in `spec.listeners` of the object that has it. */
  readonly index: number;
  /** As written. */
  readonly section: string;
  /** As written; parentRefs compare with it. */
  readonly port: number;
  readonly protocol: string;
  readonly supported: boolean;
  /** What proxies answer on this port themselves, where they do. */
  readonly reservedFor?: string;
  /** What becomes of TLS; undefined for protocols without it. */
  readonly tlsMode?: "terminate" | "passthrough";
  /** What it asks of its clients; without a usable authority it is not served. */
  readonly frontend?: FrontendValidation;
  readonly hostname: string;
  readonly conflict?: ListenerConflict;
  /** The kinds of routes it takes; empty where none of those that it names is known. */
  readonly kinds: readonly AnyRouteKind[];
  readonly hasUnknownKinds: boolean;
  readonly namespaces: AllowedNamespaces;
}

export interface ListenerConflict {
  readonly reason: "ProtocolConflict" | "HostnameConflict";
  /** The section of the other listener; undefined where it belongs to another object, whose contents are not this one's to tell. */
  readonly other?: string;
}

export type AllowedNamespaces =
  | { readonly from: "All" }
  | { readonly from: "Same" }
  | { readonly from: "Selector"; readonly selector: LabelSelector };

/** Whether a listener is served, certificates aside. */
export function isAccepted(listener: ListenerEntry): boolean {
  const { supported, reservedFor, conflict } = listener;
  return supported && reservedFor === undefined && !lacksAuthority(listener) && conflict === undefined;
}

/** Whether clients are to be checked and nothing is there to check them by. */
export function lacksAuthority({ frontend }: ListenerEntry): boolean {
  return frontend !== undefined && frontend.clients === undefined;
}

/**
 * Reads a Gateway whose class is ours.
 * @param parameterProblem what is wrong with its `infrastructure.parametersRef`.
 */
export function readGateway(
  object: SourceObject,
  frontend: FrontendTls,
  options: DialectOptions,
  parameterProblem?: ParameterProblem,
): GatewayEntry {
  const key = `${object.namespace}/${object.name}`;
  const entry = {
    key,
    namespace: object.namespace,
    own: true,
    frontend,
    listeners: withConflicts(readListeners(object, frontend, options, key)),
  };
  return parameterProblem === undefined ? entry : { ...entry, parameterProblem };
}

/**
 * The listeners of a Gateway or of a ListenerSet, whether or not they conflict.
 * @param frontend what the Gateway asks of clients.
 * @param prefix what their keys begin with.
 */
export function readListeners(
  object: SourceObject,
  frontend: FrontendTls,
  options: DialectOptions,
  prefix: string,
): readonly ListenerEntry[] {
  return listAt(object.body, "spec", "listeners").map((listener, index) => {
    const entry = readListener(frontend, prefix, listener, index);
    const reservedFor = reservedUse(entry, options);
    return reservedFor === undefined ? entry : { ...entry, reservedFor };
  });
}

/** Proxies answer over TCP only, so that a UDP listener may have the port. */
function reservedUse({ port, protocol }: ListenerEntry, options: DialectOptions): string | undefined {
  return protocol === "UDP" ? undefined : options.reservedPorts?.get(clientPort(options, port));
}

function readListener(frontend: FrontendTls, prefix: string, listener: Json, index: number): ListenerEntry {
  const section = textAt(listener, "name") ?? "";
  const protocol = textAt(listener, "protocol") ?? "";
  const takes = routesByProtocol.get(protocol) ?? [];
  const supported = takes.length > 0;
  const hostname = textAt(listener, "hostname") ?? "";
  const kinds = listAt(listener, "allowedRoutes", "kinds");
  const known = takes.filter(
    (name) =>
      kinds.length === 0 ||
      kinds.some((kind) => textAt(kind, "kind") === name && (textAt(kind, "group") ?? gatewayGroup) === gatewayGroup),
  );
  const port = numberAt(listener, "port") ?? 0;
  const validation = protocol === "HTTPS" ? validationOn(frontend, port) : undefined;
  return {
    key: `${prefix}/${section}`,
    index,
    section,
    port,
    ...(validation === undefined ? {} : { frontend: validation }),
    protocol,
    supported,
    ...tlsModeOf(protocol, listener),
    hostname: hostname === "" || protocol === "TCP" || protocol === "UDP" ? "*" : hostname.toLowerCase(),
    kinds: supported ? known : [],
    hasUnknownKinds: supported && kinds.some((kind) => !isKindAmong(takes, kind)),
    namespaces: readNamespaces(valueAt(listener, "allowedRoutes", "namespaces")),
  };
}

function tlsModeOf(protocol: string, listener: Json): Pick<ListenerEntry, "tlsMode"> {
  if (protocol !== "HTTPS" && protocol !== "TLS") return {};
  const passthrough = protocol === "TLS" && textAt(listener, "tls", "mode") === "Passthrough";
  return { tlsMode: passthrough ? "passthrough" : "terminate" };
}

function isKindAmong(takes: readonly AnyRouteKind[], kind: Json): boolean {
  const name = textAt(kind, "kind");
  return (textAt(kind, "group") ?? gatewayGroup) === gatewayGroup && takes.some((known) => known === name);
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
 * Listeners of one port must speak one protocol and have hosts of their own; where listeners of one object do not, none of them is served
 * (GatewaySpec.listeners, "Handling indistinct Listeners").
 */
export function withConflicts(listeners: readonly ListenerEntry[]): readonly ListenerEntry[] {
  return listeners.map((listener) => {
    const conflicts = listeners.flatMap((other) => {
      const reason = other === listener ? undefined : conflictBetween(listener, other);
      return reason === undefined ? [] : [{ reason, other: other.section }];
    });
    const conflict = conflicts.find(({ reason }) => reason === "ProtocolConflict") ?? conflicts[0];
    return conflict === undefined ? listener : { ...listener, conflict };
  });
}

/** Why two listeners of one Gateway cannot both be served; undefined where they can. */
export function conflictBetween(a: ListenerEntry, b: ListenerEntry): ListenerConflict["reason"] | undefined {
  if (!a.supported || !b.supported || a.port !== b.port) return undefined;
  const [one, other] = [sharedSocket(a.protocol), sharedSocket(b.protocol)];
  if ((one === "UDP") !== (other === "UDP")) return undefined;
  if (one !== other) return "ProtocolConflict";
  return a.hostname === b.hostname ? "HostnameConflict" : undefined;
}

/** HTTPS and TLS listeners share a port: the server name tells which one a connection is for. */
function sharedSocket(protocol: string): string {
  return protocol === "HTTPS" ? "TLS" : protocol;
}
