import { join } from "node:path";
import type { Collection } from "../incremental/collection.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { diagnosticCodes } from "../model/diagnostic-codes.ts";
import type { GroupKind, SourceObject } from "../model/source-object.ts";
import type { Source, SourceBatch, SourceChange } from "../sources/source.ts";
import { secretKey, secretObject } from "./certificate-secret.ts";
import { type DevelopmentCa, DevelopmentCaError, ensureDevelopmentCa } from "./development-ca.ts";
import { certificateFor } from "./issued-certificates.ts";
import { wantedCertificates } from "./wanted-certificates.ts";

export interface DevelopmentCertificatesOptions {
  /** Where the authority and what it issued are kept; nothing is made before something is asked for. */
  readonly directory: string;
  readonly now: () => Date;
  /** Told of every Secret that is supplied, and of the authority behind it. */
  readonly onSupplied?: (secret: string, names: readonly string[], ca: DevelopmentCa) => void;
}

const ingressKind: GroupKind = { group: "networking.k8s.io", kind: "Ingress" };
const gatewayKind: GroupKind = { group: "gateway.networking.k8s.io", kind: "Gateway" };
const secretKind: GroupKind = { group: "", kind: "Secret" };

const renewalCheckMs = 12 * 3_600_000;

/**
 * A source of Secrets: for Ingresses and Gateways annotated `weir.dev/certificates: development`, those that they name and that no
 * other source has, with certificates of the local development authority. It comes last among the sources, so that a Secret a
 * person writes always counts.
 */
export class DevelopmentCertificates implements Source {
  readonly id = "development";
  readonly #options: DevelopmentCertificatesOptions;
  #objects: ((kind: GroupKind) => Collection<SourceObject>) | undefined;
  #deliver: ((batch: SourceBatch) => void) | undefined;
  readonly #supplied = new Map<string, string>();
  #ca: DevelopmentCa | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #failed = false;
  #release: () => void = () => undefined;

  constructor(options: DevelopmentCertificatesOptions) {
    this.#options = options;
  }

  /** Says where the objects are that may ask for certificates; before `start`. */
  observe(objects: (kind: GroupKind) => Collection<SourceObject>): void {
    this.#objects = objects;
  }

  async start(deliver: (batch: SourceBatch) => void): Promise<void> {
    const objects = this.#objects;
    if (objects === undefined) throw new Error("observe() comes before start()");
    this.#deliver = deliver;
    const changed = (): void => void this.#reconcile();
    const subscriptions = [ingressKind, gatewayKind, secretKind].map((kind) => objects(kind).subscribe(changed));
    const timer = setInterval(changed, renewalCheckMs).unref();
    this.#release = () => {
      clearInterval(timer);
      for (const unsubscribe of subscriptions) unsubscribe();
    };
    await this.#reconcile();
  }

  readonly locate = (): undefined => undefined;

  async close(): Promise<void> {
    this.#release();
    this.#deliver = undefined;
    await this.#running;
  }

  /** One pass at a time; what changes meanwhile is looked at in another one. */
  #reconcile(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#passes();
    return this.#running;
  }

  async #passes(): Promise<void> {
    while (this.#again && this.#deliver !== undefined) {
      this.#again = false;
      const { changes, problems } = await this.#changes().then(
        (changes) => ({ changes, problems: [] }),
        (error: unknown) => ({ changes: [], problems: [failure(error)] }),
      );
      if (changes.length === 0 && problems.length === 0 && !this.#failed) continue;
      this.#failed = problems.length > 0;
      this.#deliver?.({ changes, diagnostics: new Map([["", problems]]) });
    }
    // In the same turn as the last look at #again: a change after this starts a pass of its own.
    this.#running = undefined;
  }

  async #changes(): Promise<readonly SourceChange[]> {
    const wanted = this.#wanted();
    const changes: SourceChange[] = [];
    for (const secret of this.#supplied.keys()) {
      if (wanted.has(secret)) continue;
      this.#supplied.delete(secret);
      changes.push({ key: secretKey(secret), object: undefined });
    }
    for (const [secret, names] of wanted) {
      const now = this.#options.now();
      this.#ca ??= await ensureDevelopmentCa(this.#options.directory, now);
      const issued = await certificateFor(secret, names, this.#ca, join(this.#options.directory, "issued"), now);
      if (this.#supplied.get(secret) === issued.certificate) continue;
      this.#supplied.set(secret, issued.certificate);
      changes.push({ key: secretKey(secret), object: secretObject(secret, issued, this.id) });
      this.#options.onSupplied?.(secret, names, this.#ca);
    }
    return changes;
  }

  /** What is asked for and not there already. */
  #wanted(): ReadonlyMap<string, readonly string[]> {
    const objects = this.#objects;
    if (objects === undefined) return new Map();
    const values = (kind: GroupKind) => Array.from(objects(kind).entries(), ([, object]) => object);
    const wanted = wantedCertificates(values(ingressKind), values(gatewayKind));
    const secrets = objects(secretKind);
    const isOurs = (secret: string): boolean => (secrets.get(secretKey(secret))?.source ?? this.id) === this.id;
    return new Map([...wanted].filter(([secret]) => isOurs(secret)));
  }
}

function failure(error: unknown): Diagnostic {
  const known = error instanceof DevelopmentCaError || (error instanceof Error && "code" in error);
  if (!known) throw error;
  const { severity } = diagnosticCodes.WR0605;
  const message = `no certificates can be made for development: ${error.message}`;
  return { code: "WR0605", severity, source: "development", path: [], message };
}
