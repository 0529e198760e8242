import type { ReplicaAuthenticator } from "../../../identity/replica-authenticator.ts";
import type { GrpcCall } from "../../../serve/grpc/call.ts";
import type { GrpcService } from "../../../serve/xds-server.ts";
import { admit } from "./admit.ts";
import type { OwnProxies } from "./own-proxies.ts";
import { framed, type ProxyNews, type ProxyReport, replicaPaths } from "./protocol.ts";

/** So many proxies in one message, which has some 250 bytes for each; more follow when the other side has taken these. */
const PROXIES_AT_ONCE = 500;

/** Tells other replicas about the proxies connected to this one: all there are first, then what changes. */
export class FollowService implements GrpcService {
  readonly path = replicaPaths.follow;
  readonly #authenticate: ReplicaAuthenticator;
  readonly #own: OwnProxies;
  readonly #calls = new Set<GrpcCall>();
  #closed = false;

  constructor(authenticate: ReplicaAuthenticator, own: OwnProxies) {
    this.#authenticate = authenticate;
    this.#own = own;
  }

  start(call: GrpcCall): void {
    admit(call, this.#authenticate, () => {
      if (this.#closed) call.end({ code: "unavailable", message: "this replica is shutting down" });
      else this.#tell(call);
    });
  }

  /** Ends all calls. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls) call.end({ code: "unavailable", message: "this replica is shutting down" });
  }

  #tell(call: GrpcCall): void {
    const own = this.#own;
    /** What is still to be told, in its latest form whenever the connection takes it. */
    const due = new Set(own.reports.keys());
    let isFirst = true;
    const flush = (): void => {
      while (!call.blocked && (isFirst || due.size > 0)) {
        isFirst = false;
        call.write([framed(newsOf(take(due), own.reports))]);
      }
    };
    const unsubscribe = own.subscribe((changed) => {
      for (const id of changed) due.add(id);
      flush();
    });
    this.#calls.add(call);
    call.accept({
      // A follower has nothing to say.
      message: () => undefined,
      writable: flush,
      ended: () => {
        unsubscribe();
        this.#calls.delete(call);
      },
    });
    flush();
  }
}

function take(due: Set<number>): readonly number[] {
  const taken = [...due.values().take(PROXIES_AT_ONCE)];
  for (const id of taken) due.delete(id);
  return taken;
}

function newsOf(ids: readonly number[], reports: ReadonlyMap<number, ProxyReport>): ProxyNews {
  const changed: ProxyReport[] = [];
  const gone: number[] = [];
  for (const id of ids) {
    const report = reports.get(id);
    if (report === undefined) gone.push(id);
    else changed.push(report);
  }
  return { changed, gone };
}
