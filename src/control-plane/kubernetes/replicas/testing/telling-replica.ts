import assert from "node:assert/strict";
import { type ClientHttp2Session, connect } from "node:http2";
import { ClusterKeys } from "../../../../identity/cluster-keys.ts";
import type { TokenPod } from "../../../../identity/pod-token.ts";
import { replicaAuthenticator } from "../../../../identity/replica-authenticator.ts";
import { type TokenContent, TokenIssuer } from "../../../../identity/testing/token-issuer.ts";
import { tokenAuthenticator } from "../../../../identity/token-authenticator.ts";
import {
  trustBundle,
  type XdsCertificates,
  xdsCertificates,
  xdsServerNames,
} from "../../../../identity/xds-certificates.ts";
import { xdsTls } from "../../../../identity/xds-secret.ts";
import { ManualClock } from "../../../../serve/testing/manual-clock.ts";
import { TestPlans } from "../../../../serve/testing/test-plans.ts";
import { createXdsServer, type XdsServer } from "../../../../serve/xds-server.ts";
import { AskService } from "../ask-service.ts";
import { FollowService } from "../follow-service.ts";
import { OwnProxies } from "../own-proxies.ts";
import type { ReplicaQuestion } from "../protocol.ts";
import { FakeGenerations } from "./fake-generations.ts";
import { FakeProxy } from "./fake-proxy.ts";

/** What replicas of one installation share. */
export class TestInstallation {
  readonly issuer: TokenIssuer;
  readonly certificates: XdsCertificates;
  /** The pods of replicas, by name. */
  readonly pods = new Map<string, TokenPod>();
  readonly startedAt = new Date();

  private constructor(issuer: TokenIssuer, certificates: XdsCertificates) {
    this.issuer = issuer;
    this.certificates = certificates;
  }

  static async create(): Promise<TestInstallation> {
    const certificates = await xdsCertificates(undefined, xdsServerNames("weir", "weir-system"), new Date());
    return new TestInstallation(await TokenIssuer.create(), certificates);
  }

  /** The token of the replica `weir-a`, whose pod exists from now on, with what is to be different. */
  token(more: Partial<TokenContent> = {}): Promise<string> {
    this.pods.set("weir-a", { uid: "uid-a", serviceAccountName: "weir", phase: "Running" });
    return this.issuer.token({
      namespace: "weir-system",
      serviceAccount: "weir",
      pod: { name: "weir-a", uid: "uid-a" },
      audience: "replicas.weir.dev",
      issuedAt: this.startedAt,
      ...more,
    });
  }

  /** A connection such as another replica opens. */
  connect(port: number): ClientHttp2Session {
    return connect(`https://127.0.0.1:${port}`, {
      ca: trustBundle(this.certificates),
      servername: "weir.weir-system.svc",
    });
  }
}

/** A replica as far as it tells others about the proxies connected to it, on a real port. */
export class TellingReplica {
  readonly clock = new ManualClock();
  readonly generations = new FakeGenerations();
  readonly asked: ReplicaQuestion[] = [];
  readonly server: XdsServer;
  readonly #follow: FollowService;
  #port = 0;

  private constructor(installation: TestInstallation, port: number) {
    const keys = new ClusterKeys({ client: installation.issuer, now: () => 0 });
    const now = (): Date => installation.startedAt;
    this.server = createXdsServer({
      plans: new TestPlans(),
      listen: { kind: "tcp", host: "127.0.0.1", port, tls: xdsTls(installation.certificates) },
      authenticator: tokenAuthenticator({
        keys,
        pod: () => undefined,
        serviceAccountOf: ({ name }) => `weir-${name}`,
        now,
      }),
    });
    const own = new OwnProxies({ registry: this.server.proxies, generations: this.generations, clock: this.clock });
    const authenticate = replicaAuthenticator({
      keys,
      own: { namespace: "weir-system", serviceAccount: "weir" },
      pod: (name) => installation.pods.get(name),
      now,
    });
    this.#follow = new FollowService(authenticate, own);
    this.server.offer(this.#follow);
    this.server.offer(
      new AskService(authenticate, (question) => {
        this.asked.push(question);
        return Promise.resolve(question.kind === "proxies" ? [{ node: "n1" }] : null);
      }),
    );
  }

  /** @param port 0 takes a free one. */
  static async start(installation: TestInstallation, port = 0): Promise<TellingReplica> {
    const replica = new TellingReplica(installation, port);
    const address = await replica.server.start();
    assert.ok(address.kind === "tcp");
    replica.#port = address.port;
    return replica;
  }

  get port(): number {
    return this.#port;
  }

  /** A proxy connects; it is told of once changes have been gathered. */
  connect(connection: number, proxyClass = "shop/edge"): FakeProxy {
    const proxy = new FakeProxy(connection, proxyClass);
    this.server.proxies.connect(proxy);
    return proxy;
  }

  /** A proxy has taken everything of the generations there are now. */
  settle(proxy: FakeProxy): void {
    proxy.isUpToDate = true;
    this.server.proxies.settle(proxy, "revision");
  }

  /** Changes have been gathered for long enough. */
  gather(): void {
    this.clock.advance(50);
  }

  async close(): Promise<void> {
    this.#follow.close();
    await this.server.close();
  }
}
