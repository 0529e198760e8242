import type { PlanSource, ResourceType } from "../xds/resource.ts";
import type { AuthenticationResult, LocalAuthenticator, Peer } from "./authentication.ts";
import type { Clock } from "./clock.ts";
import type { Call } from "./grpc/call.ts";
import type { GrpcStatus } from "./grpc/status.ts";
import { plansWhileLeaving } from "./leaving.ts";
import { isSynced, resourceStatuses, typeStatuses } from "./proxy-status.ts";
import { type ConnectedProxy, type ProxyRegistry, type ProxyResponse, servedType } from "./registry.ts";
import type { ForcedUnit } from "./stream/compose.ts";
import { Sequencer, type SequencerLimits, type SequencerObserver } from "./stream/sequencer.ts";
import type { Outstanding } from "./stream/type-state.ts";
import { partsOf, type Unit } from "./stream/units.ts";
import type { ClaimedNode, DiscoveryRequest, Variant } from "./stream/variant.ts";
import type { TableCache } from "./table/table-cache.ts";
import type { WarmingMemory } from "./warming-memory.ts";

export interface StreamLimits extends SequencerLimits {
  /** Names one request may list. */
  readonly maxNames: number;
}

export interface StreamOptions {
  readonly plans: PlanSource;
  readonly tables: TableCache;
  readonly clock: Clock;
  readonly registry: ProxyRegistry;
  readonly warming: WarmingMemory;
  readonly limits: StreamLimits;
  readonly variant: Variant;
  readonly call: Call;
  readonly peer: Peer;
  readonly connection: number;
  /** Who the stream belongs to, or how to tell from what the client says. */
  readonly identity: AuthenticationResult | LocalAuthenticator;
  /** Whether the node of that id is leaving: it has no listeners then. */
  readonly isLeaving: (nodeId: string) => boolean;
  /** The stream knows its class and follows its plan from now on. */
  readonly onIdentified: (stream: DiscoveryStream) => void;
  readonly onClosed: (stream: DiscoveryStream) => void;
}

/** One open discovery call of one proxy: requests in, responses out in the sequencer's order. */
export class DiscoveryStream {
  readonly #options: StreamOptions;
  #identified: { readonly proxy: ConnectedProxy; readonly sequencer: Sequencer } | undefined;
  #unservedNonce = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    options.call.accept({
      message: (bytes) => this.#timed(() => this.#receive(bytes)),
      writable: () => this.#timed(() => this.#identified?.sequencer.flush()),
      ended: () => this.#close(),
    });
  }

  /** Undefined until the first request has been read. */
  get proxyClass(): string | undefined {
    return this.#identified?.proxy.proxyClass;
  }

  /** Known before the first request where credentials say it. */
  get nodeId(): string | undefined {
    const { identity } = this.#options;
    return this.#identified?.proxy.nodeId ?? (identity.kind === "accepted" ? identity.proxy.nodeId : undefined);
  }

  get hasPlan(): boolean {
    return this.#identified?.sequencer.hasPlan ?? false;
  }

  planChanged(changed: ReadonlyMap<ResourceType, ReadonlySet<string>>): void {
    this.#identified?.sequencer.planChanged(changed);
  }

  /** The node of this stream is leaving, or stays after all. */
  leavingChanged(): void {
    if (this.#identified === undefined) return;
    const { proxy, sequencer } = this.#identified;
    const listeners = this.#options.plans.plan(proxy.proxyClass)?.names("listener") ?? [];
    sequencer.planChanged(new Map([["listener", new Set(listeners)]]));
  }

  planMayHaveAppeared(): void {
    this.#identified?.sequencer.planMayHaveAppeared();
  }

  end(status: GrpcStatus): void {
    this.#options.call.end(status);
  }

  #timed(work: () => void): void {
    const begun = performance.now();
    work();
    this.#options.registry.workMs += performance.now() - begun;
  }

  #receive(bytes: Buffer): void {
    const { call, variant, limits } = this.#options;
    let request: DiscoveryRequest;
    try {
      request = variant.decode(bytes);
    } catch {
      call.end({ code: "invalidArgument", message: "the message is not a discovery request" });
      return;
    }
    if (request.nameCount > limits.maxNames) {
      call.end({ code: "resourceExhausted", message: `a request may list ${limits.maxNames} names` });
      return;
    }
    const sequencer = this.#identify(request.node);
    if (sequencer === undefined) return;
    const type = servedType(request.typeUrl);
    if (type === undefined) {
      this.#answerUnserved(request);
      return;
    }
    if (request.nonce !== "") {
      if (request.error === undefined) sequencer.acknowledge(type, request.nonce);
      else sequencer.refuse(type, request.nonce, request.error);
    }
    request.subscribe(sequencer, type);
    if (sequencer.client[type].subscription.names.size > limits.maxNames) {
      call.end({
        code: "resourceExhausted",
        message: `a stream may ask for ${limits.maxNames} names of a type`,
      });
      return;
    }
    sequencer.flush();
  }

  /** Only the first request of a stream says who it is from; what later ones say is not looked at. */
  #identify(node: ClaimedNode | undefined): Sequencer | undefined {
    if (this.#identified !== undefined) return this.#identified.sequencer;
    const { identity, call, variant, peer, connection, clock, registry, tables, limits } = this.#options;
    const claimed = node ?? { id: "", cluster: "", agent: "" };
    const result = identity.kind === "local" ? identity.identify(claimed) : identity;
    if (result.kind === "refused") {
      call.end({ code: result.code, message: result.message });
      return undefined;
    }
    const { proxyClass } = result.proxy;
    const nodeId = result.proxy.nodeId ?? claimed.id;
    const plans = plansWhileLeaving(this.#options.plans, () => this.#options.isLeaving(nodeId));
    let acknowledgedRevision: string | undefined;
    const sequencer = new Sequencer({
      plans,
      proxyClass,
      tables,
      clock,
      limits,
      owedEndpoints: this.#options.warming.recall(proxyClass, nodeId),
      wire: {
        get blocked() {
          return call.blocked;
        },
        listsAll: variant.listsAll,
        canRemove: variant.canRemove,
        send: (state, response) => {
          const pieces = variant.encode(state, response);
          call.write(pieces);
          const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
          registry.sent(state.type, response.items.size, bytes);
        },
      },
      observer: this.#observer((revision) => {
        if (revision === acknowledgedRevision) return;
        acknowledgedRevision = revision;
        registry.settle(proxy, revision);
      }),
    });
    const proxy: ConnectedProxy = {
      connection,
      nodeId,
      proxyClass,
      agent: claimed.agent,
      variant: variant.name,
      peer: peer.transport === "unix" ? "local socket" : peer.address,
      connectedSince: clock.date(),
      synced: () => sequencer.hasPlan && isSynced(sequencer.client),
      acknowledgedRevision: () => {
        const current = sequencer.hasPlan && isSynced(sequencer.client);
        return current ? plans.revision() : acknowledgedRevision;
      },
      types: () => typeStatuses(sequencer.client, clock.now()),
      retryRefused: (type, names) => sequencer.retryRefused(type, names),
      resources: (type) => resourceStatuses(sequencer.client[type]),
    };
    this.#identified = { proxy, sequencer };
    registry.connect(proxy);
    this.#options.onIdentified(this);
    return sequencer;
  }

  #observer(settled: (revision: string) => void): SequencerObserver {
    const { registry } = this.#options;
    const proxy = (): ConnectedProxy => {
      if (this.#identified === undefined) throw new Error("a stream without identity was served");
      return this.#identified.proxy;
    };
    return {
      acknowledged: (type, response) => registry.acknowledge(proxy(), type, () => described(type, response)),
      refused: (type, response, message, culprits) =>
        registry.refuse(proxy(), { ...described(type, response), message, culprits: culprits.map(refusedUnit) }),
      forced: (type, units) => {
        for (const unit of units)
          registry.force(proxy(), { type, ...unit } satisfies ForcedUnit & { type: ResourceType });
      },
      settled,
    };
  }

  #answerUnserved(request: DiscoveryRequest): void {
    const { call, variant } = this.#options;
    if (call.blocked) return;
    const answer = variant.encodeUnserved(request.typeUrl, `none-${++this.#unservedNonce}`, request.asked);
    if (answer !== undefined) call.write(answer);
  }

  #close(): void {
    if (this.#identified !== undefined) {
      const { proxy, sequencer } = this.#identified;
      sequencer.close();
      this.#options.warming.remember(proxy.proxyClass, proxy.nodeId, sequencer.unfinishedEndpoints());
      this.#options.registry.disconnect(proxy);
    }
    this.#options.onClosed(this);
  }
}

function described(type: ResourceType, response: Outstanding): ProxyResponse {
  const resources = [...response.items].map(([name, form]) => ({ name, version: form?.version }));
  return { type, nonce: response.nonce, revision: response.revision, resources };
}

function refusedUnit({ id, version }: Unit) {
  return { ...partsOf(id), version };
}
