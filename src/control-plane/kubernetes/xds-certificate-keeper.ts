import { type XdsCertificates, xdsCertificates } from "../../identity/xds-certificates.ts";
import { readXdsSecret, xdsSecret } from "../../identity/xds-secret.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import type { Leadership } from "../../kubernetes/leader-election.ts";
import { objectAt, textAt } from "../../model/json.ts";

export interface XdsCertificateKeeperOptions {
  readonly client: Pick<KubernetesClient, "request">;
  readonly leadership: Leadership;
  readonly namespace: string;
  readonly name: string;
  /** What the server is called: the names in its certificate. */
  readonly serverNames: readonly string[];
  readonly now: () => Date;
  /** Calls `run` once after `ms`; the result takes that back. */
  readonly setTimer: (run: () => void, ms: number) => () => void;
  readonly onProblem: (message: string) => void;
}

/** Until the first certificates are there, which a leader has to make; and between looks at them afterwards. */
const IMPATIENT_MS = 500;
const PATIENT_MS = 15_000;

/** The certificates of the xDS port, in a Secret that the leader makes and renews and every replica reads. */
export class XdsCertificateKeeper {
  readonly #options: XdsCertificateKeeperOptions;
  readonly #listeners = new Set<(certificates: XdsCertificates) => void>();
  #current: XdsCertificates | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;
  #problem: string | undefined;

  constructor(options: XdsCertificateKeeperOptions) {
    this.#options = options;
  }

  /** Resolves with the first certificates, which without a leader takes as long as there is none; then looks after them. */
  async open(): Promise<XdsCertificates> {
    for (;;) {
      await this.#look();
      if (this.#current !== undefined) break;
      if (this.#closed) throw new Error("stopped before there were certificates for the xDS port");
      await new Promise<void>((resolve) => this.#options.setTimer(resolve, IMPATIENT_MS));
    }
    this.#lookLater();
    return this.#current;
  }

  /** Calls `listener` with certificates that take the place of those before. */
  onRenewed(listener: (certificates: XdsCertificates) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.setTimer(() => void this.#look().then(() => this.#lookLater()), PATIENT_MS);
  }

  async #look(): Promise<void> {
    try {
      const found = await this.#reconcile();
      this.#problem = undefined;
      if (found === undefined || this.#closed) return;
      const isFirst = this.#current === undefined;
      const isOther = JSON.stringify(xdsData(found)) !== JSON.stringify(xdsData(this.#current));
      this.#current = found;
      if (!isFirst && isOther) for (const listener of this.#listeners) listener(found);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#problem) this.#options.onProblem(message);
      this.#problem = message;
    }
  }

  /** What the Secret holds; the leader brings it up to date first. Undefined while there is nothing and this replica may not make it. */
  async #reconcile(): Promise<XdsCertificates | undefined> {
    const { client, leadership, namespace, name, serverNames, now } = this.#options;
    const all = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
    const path = `${all}/${encodeURIComponent(name)}`;
    const answer = await client.request({ method: "GET", path });
    if (answer.status !== 200 && answer.status !== 404) throw refused("reading", answer.status);
    const found = answer.status === 200 ? readXdsSecret(answer.body) : undefined;
    const term = leadership.term();
    if (term === undefined) return found;
    const wanted = await xdsCertificates(found, serverNames, now());
    if (wanted === found) return found;
    const secret = xdsSecret(namespace, name, wanted);
    const resourceVersion = textAt(answer.body, "metadata", "resourceVersion");
    const written =
      answer.status === 404
        ? await client.request({ method: "POST", path: all, body: secret, signal: term })
        : await client.request({
            method: "PUT",
            path,
            body: { ...secret, metadata: { ...objectAt(secret, "metadata"), resourceVersion } },
            signal: term,
          });
    // Somebody else wrote: what they wrote is read next time.
    if (written.status === 409) return found;
    if (written.status !== 200 && written.status !== 201) throw refused("writing", written.status);
    return wanted;
  }
}

/** What can be compared: certificates are public, and keys go with them. */
function xdsData(certificates: XdsCertificates | undefined): readonly string[] {
  if (certificates === undefined) return [];
  return [certificates.server.certificate, ...certificates.authorities.map(({ certificate }) => certificate)];
}

function refused(what: string, status: number): Error {
  return new Error(`${what} the Secret with the certificates of the xDS port was answered ${status}`);
}
