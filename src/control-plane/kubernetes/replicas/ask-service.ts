import type { ReplicaAuthenticator } from "../../../identity/replica-authenticator.ts";
import type { GrpcCall } from "../../../serve/grpc/call.ts";
import type { GrpcService } from "../../../serve/xds-server.ts";
import { admit } from "./admit.ts";
import { framed, type ReplicaQuestion, readQuestion, replicaPaths } from "./protocol.ts";

/** Answers other replicas what their users ask about proxies that are connected to this one. */
export class AskService implements GrpcService {
  readonly path = replicaPaths.ask;
  readonly #authenticate: ReplicaAuthenticator;
  readonly #answer: (question: ReplicaQuestion) => Promise<unknown>;

  /** @param answer gives a value for JSON; null for what there is nothing of. */
  constructor(authenticate: ReplicaAuthenticator, answer: (question: ReplicaQuestion) => Promise<unknown>) {
    this.#authenticate = authenticate;
    this.#answer = answer;
  }

  start(call: GrpcCall): void {
    admit(call, this.#authenticate, () =>
      call.accept({
        message: (bytes) => void this.#reply(call, readQuestion(bytes)),
        writable: () => undefined,
        ended: () => undefined,
      }),
    );
  }

  async #reply(call: GrpcCall, question: ReplicaQuestion | undefined): Promise<void> {
    if (question === undefined) {
      return call.end({ code: "unimplemented", message: "this release does not know the question" });
    }
    try {
      call.write([framed(await this.#answer(question))]);
      call.end({ code: "ok", message: "" });
    } catch {
      call.end({ code: "internal", message: "the question could not be answered" });
    }
  }
}
