import type { Http2SecureServer, Http2Server, Http2Session } from "node:http2";
import { hostname } from "node:os";
import type { TLSSocket } from "node:tls";
import type { PlanChange, PlanSource } from "../xds/resource.ts";
import type { AuthenticationResult, Authenticator, CredentialAuthenticator, Peer } from "./authentication.ts";
import { type Clock, systemClock } from "./clock.ts";
import { DiscoveryStream, type StreamLimits } from "./discovery-stream.ts";
import type { GrpcCall } from "./grpc/call.ts";
import { GrpcServer } from "./grpc/server.ts";
import type { KeepaliveOptions } from "./grpc/session-keepalive.ts";
import {
  createHttp2Server,
  type ListenAddress,
  type ListenOptions,
  listen,
  secureContext,
  type TlsOptions,
} from "./listen.ts";
import { ProxyRegistry } from "./registry.ts";
import { deltaVariant } from "./stream/delta-variant.ts";
import { stateOfTheWorldVariant } from "./stream/sotw-variant.ts";
import type { Variant } from "./stream/variant.ts";
import { TableCache } from "./table/table-cache.ts";
import { WarmingMemory } from "./warming-memory.ts";
import { Envelopes } from "./wire/envelope.ts";
import { ResourceFrames } from "./wire/resource-frames.ts";

export interface XdsServerOptions {
  readonly plans: PlanSource;
  readonly listen: ListenOptions;
  readonly authenticator: Authenticator;
  /** Identifies this server to proxies; by default "weir" and the host's name. */
  readonly controlPlane?: string;
  readonly clock?: Clock;
  readonly limits?: Partial<ServerLimits>;
  readonly keepalive?: KeepaliveOptions;
}

/** One method of a gRPC service beside discovery. */
export interface GrpcService {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Takes a call of somebody whose credentials nobody has looked at. */
  start(call: GrpcCall): void;
}

export interface ServerLimits extends StreamLimits {
  /** A longer message ends its stream. */
  readonly maxRequestBytes: number;
  /** How long streams may take to end when the server closes. */
  readonly drainMs: number;
}

export const defaultLimits: ServerLimits = {
  holdMs: 2_000,
  removalGraceMs: 1_000,
  responseBytes: 3 * 1024 * 1024,
  maxNames: 200_000,
  maxRequestBytes: 32 * 1024 * 1024,
  drainMs: 2_000,
};

const defaultKeepalive: KeepaliveOptions = { intervalMs: 30_000, timeoutMs: 10_000 };

const servicePath = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";

export interface XdsServer {
  readonly proxies: ProxyRegistry;
  /** How many resources were put into wire form since the start: once for each version, whatever the number of proxies. */
  framedResources(): number;
  /** Throws `ServeProblem` where the address cannot be used. */
  start(): Promise<ListenAddress>;
  /** Serves something else on the port, which lets in whom it knows itself. Its calls are to be ended before the server closes. */
  offer(service: GrpcService): void;
  /** Serves new connections with another certificate, and trusts another authority. Nothing changes for those that are open. */
  renewTls(tls: TlsOptions): void;
  /**
   * Takes the listeners away from the proxies of this node id, now and whenever they connect again: they stop accepting connections and ask those they
   * have to leave. Everything else stays up to date, for the requests that are still under way.
   */
  drain(nodeId: string): void;
  /** Forgets a node that is gone, and ends its streams where there are any. */
  forget(nodeId: string): void;
  /** Ends all streams, so that proxies connect elsewhere or again. They keep what they have. */
  close(): Promise<void>;
}

/**
 * Serves plans to Envoy and other xDS clients: the aggregated discovery service in its delta and state-of-the-world variants.
 *
 * Throws `ServeProblem` where `listen` would let strangers in.
 */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  return new Server(options, createHttp2Server(options.listen, options.authenticator));
}

class Server implements XdsServer {
  readonly proxies = new ProxyRegistry();
  readonly #options: XdsServerOptions;
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  readonly #http2: Http2Server | Http2SecureServer;
  readonly #grpc: GrpcServer;
  readonly #frames = new ResourceFrames();
  readonly #tables = new TableCache();
  readonly #warming = new WarmingMemory();
  readonly #variants: ReadonlyMap<string, Variant>;
  readonly #services = new Map<string, GrpcService>();
  readonly #streams = new Set<DiscoveryStream>();
  readonly #streamsByClass = new Map<string, Set<DiscoveryStream>>();
  readonly #leaving = new Set<string>();
  #connections = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(options: XdsServerOptions, http2: Http2Server | Http2SecureServer) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    const envelopes = new Envelopes(options.controlPlane ?? `weir/${hostname()}`);
    this.#variants = new Map([
      [`${servicePath}DeltaAggregatedResources`, deltaVariant(this.#frames, envelopes)],
      [`${servicePath}StreamAggregatedResources`, stateOfTheWorldVariant(this.#frames, envelopes)],
    ]);
    this.#http2 = http2;
    this.#grpc = new GrpcServer(http2, {
      onCall: (call, path, session) => void this.#startCall(call, path, session),
      maxMessageBytes: this.#limits.maxRequestBytes,
      keepalive: options.keepalive ?? defaultKeepalive,
      clock: this.#clock,
    });
  }

  framedResources(): number {
    return this.#frames.framed;
  }

  async start(): Promise<ListenAddress> {
    const address = await listen(this.#http2, this.#options.listen);
    this.#unsubscribe = this.#options.plans.subscribe((changes) => this.#plansChanged(changes));
    return address;
  }

  offer(service: GrpcService): void {
    this.#services.set(service.path, service);
  }

  renewTls(tls: TlsOptions): void {
    if (!("setSecureContext" in this.#http2)) throw new Error("a server without TLS has no certificate to renew");
    this.#http2.setSecureContext(secureContext(tls));
  }

  drain(nodeId: string): void {
    if (this.#leaving.has(nodeId)) return;
    this.#leaving.add(nodeId);
    for (const stream of this.#streams) if (stream.nodeId === nodeId) stream.leavingChanged();
  }

  forget(nodeId: string): void {
    for (const stream of this.#streams) {
      if (stream.nodeId === nodeId)
        stream.end({ code: "permissionDenied", message: "this proxy does not exist any more" });
    }
    this.#leaving.delete(nodeId);
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    for (const stream of this.#streams) {
      stream.end({ code: "unavailable", message: "the control plane is shutting down" });
    }
    await this.#grpc.close(this.#limits.drainMs);
  }

  async #startCall(call: GrpcCall, path: string, session: Http2Session): Promise<void> {
    const service = this.#services.get(path);
    if (service !== undefined) return service.start(call);
    const { authenticator } = this.#options;
    const peer = peerOf(session, this.#options.listen);
    const identity = authenticator.kind === "local" ? authenticator : await credentialCheck(authenticator, call, peer);
    // A client that went away meanwhile would never be heard to end.
    if (!call.isOpen) return;
    if (identity.kind === "refused") return call.end({ code: identity.code, message: identity.message });
    const variant = this.#variants.get(path);
    if (variant === undefined) {
      return call.end({
        code: "unimplemented",
        message: `${path} is not served; use ${servicePath}DeltaAggregatedResources`,
      });
    }
    const stream = new DiscoveryStream({
      plans: this.#options.plans,
      tables: this.#tables,
      clock: this.#clock,
      registry: this.proxies,
      warming: this.#warming,
      limits: this.#limits,
      variant,
      call,
      peer,
      connection: ++this.#connections,
      identity,
      isLeaving: (nodeId) => this.#leaving.has(nodeId),
      onIdentified: (identified) => this.#follow(identified),
      onClosed: (closed) => this.#forget(closed),
    });
    this.#streams.add(stream);
  }

  #follow(stream: DiscoveryStream): void {
    if (stream.proxyClass === undefined) return;
    const streams = this.#streamsByClass.get(stream.proxyClass) ?? new Set();
    streams.add(stream);
    this.#streamsByClass.set(stream.proxyClass, streams);
  }

  #forget(stream: DiscoveryStream): void {
    this.#streams.delete(stream);
    if (stream.proxyClass === undefined) return;
    const streams = this.#streamsByClass.get(stream.proxyClass);
    streams?.delete(stream);
    if (streams?.size === 0) this.#streamsByClass.delete(stream.proxyClass);
  }

  #plansChanged(changes: readonly PlanChange[]): void {
    for (const { proxyClass, changed } of changes) {
      for (const stream of this.#streamsByClass.get(proxyClass) ?? []) stream.planChanged(changed);
    }
    for (const [proxyClass, streams] of this.#streamsByClass) {
      const [first] = streams;
      if (first?.hasPlan === true || this.#options.plans.plan(proxyClass) === undefined) continue;
      for (const stream of streams) stream.planMayHaveAppeared();
    }
  }
}

async function credentialCheck(
  authenticator: CredentialAuthenticator,
  call: GrpcCall,
  peer: Peer,
): Promise<AuthenticationResult> {
  try {
    return await authenticator.authenticate(call.headers, peer);
  } catch {
    return { kind: "refused", code: "unauthenticated", message: "the credentials could not be checked" };
  }
}

function peerOf(session: Http2Session, listening: ListenOptions): Peer {
  if (listening.kind === "unix") return { transport: "unix" };
  const { socket } = session;
  const certificate = isTls(socket) && socket.authorized ? socket.getPeerCertificate() : undefined;
  return { transport: "tcp", address: `${socket.remoteAddress}:${socket.remotePort}`, certificate };
}

function isTls(socket: Http2Session["socket"]): socket is TLSSocket {
  // The socket of an HTTP/2 session is a proxy: it answers reads, but not "in" or "instanceof".
  return typeof Reflect.get(socket, "getPeerCertificate") === "function";
}
