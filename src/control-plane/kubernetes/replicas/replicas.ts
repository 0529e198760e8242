import { connect } from "node:http2";
import { isIPv6 } from "node:net";
import type { ClusterKeys } from "../../../identity/cluster-keys.ts";
import { type ReplicaToken, replicaAuthenticator } from "../../../identity/replica-authenticator.ts";
import type { KubernetesClient } from "../../../kubernetes/client.ts";
import { systemClock } from "../../../kubernetes/clock.ts";
import { isObject, listAt } from "../../../model/json.ts";
import type { Json, JsonObject } from "../../../model/source-object.ts";
import type { ProxyClassState } from "../../../status/programmed.ts";
import type { OtherReplicas, RunningParts } from "../../environment.ts";
import { describeConfig, summarizeProxies } from "../../inspection.ts";
import type { Log } from "../../log.ts";
import { proxyClassOf } from "../../proxy-classes.ts";
import { AskService } from "./ask-service.ts";
import { AwaitedProxies } from "./awaited-proxies.ts";
import { stateOfProxies } from "./class-state.ts";
import { FollowService } from "./follow-service.ts";
import { Generations } from "./generations.ts";
import { OtherProxies } from "./other-proxies.ts";
import { OwnProxies } from "./own-proxies.ts";
import type { ProxyReport, ReplicaQuestion } from "./protocol.ts";
import { ReplicaLink } from "./replica-link.ts";
import { type ReplicaPod, ReplicaPods } from "./replica-pods.ts";

export interface ReplicasOptions {
  readonly client: KubernetesClient;
  readonly keys: ClusterKeys;
  readonly token: ReplicaToken;
  /** The port on which every replica serves proxies. */
  readonly port: number;
  /** The name in the certificate of that port. */
  readonly serverName: string;
  /** PEM: what vouches for that certificate now. */
  readonly trusted: () => string;
  /** Whether requests reach the proxy of that node id. */
  readonly isReady: (nodeId: string) => boolean;
}

/**
 * The other replicas of this installation. Every replica follows every other one, whoever leads: so each knows all proxies, and one that becomes leader
 * knows them at once.
 */
export class Replicas implements OtherReplicas {
  readonly #options: ReplicasOptions;
  readonly #log: Log;
  readonly #generations: Generations;
  readonly #own: OwnProxies;
  readonly #others: OtherProxies;
  readonly #awaited: AwaitedProxies;
  readonly #pods: ReplicaPods;
  readonly #follow: FollowService;
  /** By the uid of the other's pod. */
  readonly #links = new Map<string, { readonly replica: string; readonly link: ReplicaLink }>();

  constructor(options: ReplicasOptions, parts: RunningParts) {
    const { pipeline, xds, log, proxiesChanged } = parts;
    const { client, keys, token } = options;
    this.#options = options;
    this.#log = log;
    this.#generations = new Generations(pipeline.status, proxyClassOf("per-gateway"));
    this.#own = new OwnProxies({ registry: xds.proxies, generations: this.#generations, clock: systemClock });
    this.#others = new OtherProxies((proxyClasses) => {
      for (const proxyClass of proxyClasses) {
        this.#connectionsChanged(proxyClass);
        proxiesChanged(proxyClass);
      }
    });
    this.#awaited = new AwaitedProxies(systemClock, proxiesChanged);
    xds.proxies.subscribe({
      connected: ({ proxyClass }) => this.#connectionsChanged(proxyClass),
      disconnected: ({ proxyClass }) => this.#connectionsChanged(proxyClass),
    });
    this.#pods = new ReplicaPods({
      client,
      namespace: token.claims.namespace,
      changed: () => this.#followAll(),
      trouble: (problem) => {
        if (problem === undefined) log.info("can be read again", { what: "pods of replicas" });
        else log.warn("other replicas cannot be looked for", { problem });
      },
      clock: systemClock,
    });
    const authenticate = replicaAuthenticator({
      keys,
      own: token.claims,
      pod: (name) => this.#pods.get(name),
      now: () => new Date(),
    });
    this.#follow = new FollowService(authenticate, this.#own);
    xds.offer(this.#follow);
    xds.offer(new AskService(authenticate, (question) => answer(question, parts)));
  }

  get self(): string {
    return this.#options.token.claims.podName;
  }

  start(): void {
    this.#awaited.start(() => this.#generations.proxyClasses());
    this.#pods.start();
  }

  async stop(): Promise<void> {
    this.#awaited.stop();
    this.#follow.close();
    await this.#pods.stop();
    await Promise.all([...this.#links.values()].map(({ link }) => link.stop()));
  }

  /** What is known of the proxies of one class, wherever they are connected. */
  stateOf(proxyClass: string): ProxyClassState {
    const own = this.#own.of(proxyClass);
    const others = this.#others.of(proxyClass);
    const state = stateOfProxies(this.#generations.of(proxyClass), [...own, ...others], this.#options.isReady);
    return state.connected === 0 ? { ...state, awaited: this.#awaited.has(proxyClass) } : state;
  }

  #connectionsChanged(proxyClass: string): void {
    const isConnected = this.#own.has(proxyClass) || this.#others.has(proxyClass);
    if (isConnected) this.#awaited.returned(proxyClass);
    else this.#awaited.lost(proxyClass);
  }

  async proxies(): Promise<readonly JsonObject[]> {
    const lists = await Promise.all(
      [...this.#others.replicas].map(([replica, reports]) => this.#proxiesOf(replica, reports)),
    );
    return lists.flat();
  }

  async config(node: string): Promise<Json | undefined> {
    for (const [replica, reports] of this.#others.replicas) {
      if (![...reports.values()].some((report) => report.node === node)) continue;
      const config = await this.#ask(replica, { kind: "config", node });
      if (config !== null) return config;
    }
    return undefined;
  }

  async #proxiesOf(replica: string, reports: ReadonlyMap<number, ProxyReport>): Promise<readonly JsonObject[]> {
    try {
      const answered = await this.#ask(replica, { kind: "proxies" });
      return listAt(answered)
        .filter(isObject)
        .map((proxy) => ({ ...proxy, replica }));
    } catch (error) {
      this.#log.warn("another replica does not answer; what it told by itself is shown", {
        replica,
        problem: String(error),
      });
      return [...reports.values()].map((report) => this.#summary(replica, report));
    }
  }

  async #ask(replica: string, question: ReplicaQuestion): Promise<Json> {
    const found = [...this.#links.values()].find((each) => each.replica === replica);
    if (found === undefined) throw new Error("the replica is gone");
    return found.link.ask(question);
  }

  #summary(replica: string, report: ProxyReport): JsonObject {
    const { node, proxyClass, agent, variant, peer, connectedSince, acknowledged, refusal } = report;
    const synced = refusal === undefined && acknowledged === this.#generations.of(proxyClass);
    return { node, class: proxyClass, agent, variant, peer, connectedSince, synced, replica };
  }

  /** Follows the replicas that there are now, and no others. */
  #followAll(): void {
    const wanted = new Map<string, ReplicaPod>();
    for (const pod of this.#pods.list()) if (this.#isToFollow(pod)) wanted.set(pod.uid, pod);
    for (const [uid, { link }] of this.#links) {
      if (wanted.has(uid)) continue;
      this.#links.delete(uid);
      void link.stop();
    }
    for (const [uid, { name, address }] of wanted) {
      if (this.#links.has(uid) || address === undefined) continue;
      const link = this.#linkTo(name, address);
      this.#links.set(uid, { replica: name, link });
      link.start();
    }
  }

  #isToFollow({ uid, serviceAccountName, address, phase }: ReplicaPod): boolean {
    const { podUid, serviceAccount } = this.#options.token.claims;
    if (uid === podUid || serviceAccountName !== serviceAccount) return false;
    return address !== undefined && phase !== "Succeeded" && phase !== "Failed";
  }

  #linkTo(replica: string, address: string): ReplicaLink {
    const { token, port, serverName, trusted } = this.#options;
    const host = isIPv6(address) ? `[${address}]` : address;
    return new ReplicaLink({
      connect: () => connect(`https://${host}:${port}`, { ca: trusted(), servername: serverName }),
      token: () => token.read(),
      news: (news) => this.#others.apply(replica, news),
      lost: () => this.#others.drop(replica),
      trouble: (problem) => {
        if (problem === undefined) this.#log.info("follows another replica", { replica });
        else this.#log.info("cannot follow another replica; its proxies do not count", { replica, problem });
      },
      clock: systemClock,
    });
  }
}

async function answer(question: ReplicaQuestion, parts: RunningParts): Promise<unknown> {
  switch (question.kind) {
    case "proxies":
      return summarizeProxies(parts);
    case "config":
      return (await describeConfig(parts, question.node)) ?? null;
  }
}
