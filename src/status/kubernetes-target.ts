import type { KubernetesAnswer, KubernetesClient } from "../kubernetes/client.ts";
import { isObject, textAt, valueAt } from "../model/json.ts";
import { describeRef, type Json, type ObjectRef } from "../model/source-object.ts";
import { ownPart, saysNothing, withForeign } from "./foreign-entries.ts";
import { mergePatch } from "./merge-patch.ts";
import type { StatusTarget } from "./writer.ts";

/** How often a write is tried again when somebody else wrote the object in between. */
const ATTEMPTS = 5;

/** An object as the API server last told of it. */
export interface KnownState {
  readonly resourceVersion: string;
  readonly status: Json | undefined;
}

export interface KubernetesStatusOptions {
  readonly client: Pick<KubernetesClient, "request">;
  /** The signal of the term in which this process may write; undefined while it may not. */
  readonly term: () => AbortSignal | undefined;
  /** The server-relative path of an object in the version that the server serves; undefined for kinds that it does not serve. */
  readonly pathOf: (object: ObjectRef) => string | undefined;
  /** What a watch last told of the object; spares reading it, and may be out of date. */
  readonly known: (object: ObjectRef) => KnownState | undefined;
  /** The controller names under which Weir speaks in lists that several controllers share. */
  readonly controllers: readonly string[];
}

/**
 * Statuses in a cluster: written by the leader alone, to the status subresource, against the resource version that was read. Entries of other
 * controllers stay as they are.
 */
export class KubernetesStatusTarget implements StatusTarget {
  readonly #options: KubernetesStatusOptions;

  constructor(options: KubernetesStatusOptions) {
    this.#options = options;
  }

  async update(object: ObjectRef, next: (previous: Json | undefined) => Json | undefined): Promise<boolean> {
    const { controllers, term, pathOf } = this.#options;
    const path = pathOf(object);
    if (path === undefined) return false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const signal = term();
      if (signal === undefined) return false;
      const known = attempt === 0 ? this.#options.known(object) : undefined;
      const current = known ?? (await this.#read(path, signal));
      if (current === undefined) return false;
      const before = ownPart(current.status, controllers);
      const wanted = next(before);
      if (!isObject(wanted) || (saysNothing(wanted) && saysNothing(before))) return false;
      const status = mergePatch(current.status, withForeign(wanted, current.status, controllers));
      if (status === undefined) return false;
      const outcome = await this.#patch(object, path, current, status, signal);
      if (outcome !== "conflict") return outcome === "written";
    }
    throw new Error("the object is being changed too often to write its status");
  }

  async #read(path: string, signal: AbortSignal): Promise<KnownState | undefined> {
    const answer = await this.#options.client.request({ method: "GET", path, signal });
    if (answer.status === 404) return undefined;
    const resourceVersion = textAt(answer.body, "metadata", "resourceVersion");
    if (answer.status !== 200 || resourceVersion === undefined) throw refusal("reading it", answer);
    return { resourceVersion, status: valueAt(answer.body, "status") };
  }

  async #patch(
    object: ObjectRef,
    path: string,
    { resourceVersion }: KnownState,
    status: Json,
    signal: AbortSignal,
  ): Promise<"written" | "conflict" | "gone"> {
    const answer = await this.#options.client.request({
      method: "PATCH",
      path: `${path}/status`,
      contentType: "application/merge-patch+json",
      // The resource version makes the server refuse the patch if the object is not the one that was read any more.
      body: { metadata: { resourceVersion }, status },
      signal,
    });
    if (answer.status === 200) return "written";
    if (answer.status === 404) return "gone";
    if (answer.status === 409) return "conflict";
    throw refusal(`the status of ${describeRef(object)}`, answer);
  }
}

function refusal(what: string, { status, body }: KubernetesAnswer): Error {
  return new Error(`${what} was answered ${status}: ${textAt(body, "message") ?? "without a message"}`);
}
