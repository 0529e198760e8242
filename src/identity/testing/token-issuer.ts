import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import type { KubernetesAnswer, KubernetesRequest } from "../../kubernetes/client.ts";

export interface TokenContent {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
  readonly audience?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly issuedAt: Date;
  readonly lifetimeSeconds?: number;
}

interface SigningKey {
  readonly id: string;
  readonly algorithm: "RS256" | "ES256";
  readonly privateKey: CryptoKey;
  readonly publicKey: JWK;
}

/** An API server as far as service-account tokens are concerned: it signs them like one, and shows its keys. */
export class TokenIssuer {
  readonly issuer = "https://kubernetes.default.svc.cluster.local";
  readonly #keys: SigningKey[] = [];
  readonly #paths: string[] = [];
  /** Whether nobody can reach it. */
  away = false;

  static async create(): Promise<TokenIssuer> {
    const made = new TokenIssuer();
    await made.addKey("first", "RS256");
    return made;
  }

  /** Signs with another key from now on; those before still count. */
  async addKey(id: string, algorithm: SigningKey["algorithm"] = "ES256"): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm);
    this.#keys.push({
      id,
      algorithm,
      privateKey,
      publicKey: { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: "sig" },
    });
  }

  withdrawKey(id: string): void {
    const index = this.#keys.findIndex((key) => key.id === id);
    if (index >= 0) this.#keys.splice(index, 1);
  }

  /** How often the keys were asked for. */
  get fetches(): number {
    return this.#paths.filter((path) => path === "/openid/v1/jwks").length;
  }

  request(request: KubernetesRequest): Promise<KubernetesAnswer> {
    this.#paths.push(request.path);
    if (this.away) return Promise.reject(new Error("connect ECONNREFUSED"));
    switch (request.path) {
      case "/.well-known/openid-configuration":
        return Promise.resolve({
          status: 200,
          body: { issuer: this.issuer, jwks_uri: "https://10.0.0.1/openid/v1/jwks" },
        });
      case "/openid/v1/jwks":
        return Promise.resolve({
          status: 200,
          body: JSON.parse(JSON.stringify({ keys: this.#keys.map(({ publicKey }) => publicKey) })),
        });
      default:
        return Promise.resolve({ status: 404, body: null });
    }
  }

  token(content: TokenContent, keyId?: string): Promise<string> {
    const key = keyId === undefined ? this.#keys.at(-1) : this.#keys.find(({ id }) => id === keyId);
    if (key === undefined) throw new Error("no such key");
    const { namespace, serviceAccount, pod, issuedAt } = content;
    const from = Math.floor(issuedAt.getTime() / 1000);
    const own = {
      namespace,
      node: { name: "node-1", uid: "8d2b3c1e-0000-4000-8000-000000000001" },
      ...(pod === undefined ? {} : { pod: { ...pod } }),
      serviceaccount: { name: serviceAccount, uid: "5f6e0c1a-0000-4000-8000-000000000002" },
      warnafter: from + 3607,
    };
    return new SignJWT({ "kubernetes.io": own })
      .setProtectedHeader({ alg: key.algorithm, kid: key.id })
      .setAudience([content.audience ?? "xds.weir.dev"])
      .setIssuer(content.issuer ?? this.issuer)
      .setSubject(content.subject ?? `system:serviceaccount:${namespace}:${serviceAccount}`)
      .setIssuedAt(from)
      .setNotBefore(from)
      .setExpirationTime(from + (content.lifetimeSeconds ?? 3600))
      .setJti(crypto.randomUUID())
      .sign(key.privateKey);
  }
}
