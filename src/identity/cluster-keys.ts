import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { KubernetesClient } from "../kubernetes/client.ts";
import { isList, isObject, textAt } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";

/** What service-account tokens of a cluster are checked with. */
export interface ClusterKeySet {
  readonly issuer: string;
  readonly keyOf: JWTVerifyGetKey;
}

export interface ClusterKeysOptions {
  readonly client: Pick<KubernetesClient, "request">;
  /** Milliseconds; only differences mean anything. */
  readonly now: () => number;
  /** Between two attempts to fetch, so that forged tokens cannot make Weir a burden to the API server. Default: 10 s. */
  readonly minimumIntervalMs?: number;
  /** Older keys are fetched anew when they are used, so that those withdrawn from a cluster lose their power. Default: 5 min. */
  readonly maximumAgeMs?: number;
  readonly timeoutMs?: number;
  /** Told when the keys could not be fetched; those known before stay in use. */
  readonly onFailure?: (reason: string) => void;
}

/**
 * The public keys of a cluster's token issuer, fetched from the API server when first needed (OpenID Connect Discovery; the role
 * `system:service-account-issuer-discovery` may read them) and kept for as long as it is away.
 */
export class ClusterKeys {
  readonly #options: ClusterKeysOptions;
  #keys: ClusterKeySet | undefined;
  #fetchedAt = 0;
  #attemptedAt: number | undefined;
  #attempt: Promise<void> | undefined;

  constructor(options: ClusterKeysOptions) {
    this.#options = options;
  }

  /** The keys as far as they are known; undefined before they could be fetched for the first time. */
  async current(): Promise<ClusterKeySet | undefined> {
    if (this.#keys === undefined) await this.#fetch();
    else if (this.#options.now() - this.#fetchedAt > (this.#options.maximumAgeMs ?? 300_000)) void this.#fetch();
    return this.#keys;
  }

  /** Fetches the keys again because `seen` lacks one; gives what is known after that, which may be `seen` again. */
  async newerThan(seen: ClusterKeySet): Promise<ClusterKeySet> {
    if (this.#keys === seen) await this.#fetch();
    return this.#keys ?? seen;
  }

  #fetch(): Promise<void> {
    if (this.#attempt !== undefined) return this.#attempt;
    const now = this.#options.now();
    if (this.#attemptedAt !== undefined && now - this.#attemptedAt < (this.#options.minimumIntervalMs ?? 10_000)) {
      return Promise.resolve();
    }
    this.#attemptedAt = now;
    this.#attempt = this.#request().finally(() => {
      this.#attempt = undefined;
    });
    return this.#attempt;
  }

  async #request(): Promise<void> {
    try {
      const [configuration, keys] = await Promise.all([
        this.#get("/.well-known/openid-configuration"),
        this.#get("/openid/v1/jwks"),
      ]);
      const issuer = textAt(configuration, "issuer");
      if (issuer === undefined || issuer === "") throw new Error("the discovery document names no issuer");
      if (!isKeySet(keys)) throw new Error("the key set holds no keys");
      // Keys that the library does not know are passed over, as RFC 7517 (section 5) asks for.
      this.#keys = { issuer, keyOf: createLocalJWKSet(keys) };
      this.#fetchedAt = this.#options.now();
    } catch (error) {
      this.#options.onFailure?.(error instanceof Error ? error.message : String(error));
    }
  }

  async #get(path: string): Promise<Json> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs ?? 5_000);
    // Keys come as application/jwk-set+json, and the API server holds clients to what they accept (RFC 7517, section 8.5.1).
    const accept = "application/jwk-set+json, application/json";
    const { status, body } = await this.#options.client.request({ method: "GET", path, accept, signal });
    if (status !== 200) throw new Error(`the API server answered ${status} to GET ${path}`);
    return body;
  }
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  if (typeof value !== "object" || value === null || !("keys" in value) || !isList(value.keys)) return false;
  return value.keys.length > 0 && value.keys.every((key) => isObject(key) && typeof key.kty === "string");
}
