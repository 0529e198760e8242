import { generateKeyPairSync } from "node:crypto";
import type { TestContext } from "node:test";
import { exportJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { backend, gateway, listener, originOf, pathIs, rule } from "../../src/compile/testing/nodes.ts";
import type { ClientAddressRule } from "../../src/model/gateway.ts";
import type { Policy } from "../../src/model/policy.ts";
import type { Rule } from "../../src/model/rule.ts";
import type { AccessRule, AuthorizeStep, JwtProvider, JwtStep } from "../../src/model/step.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { type Ask, ask, echoBackend, freePorts, liveProxy } from "./xds-live-proxy.ts";

export const origin = originOf("TrafficPolicy", "shop/access");
const section = "shop/edge/http";

type RuleInput = Partial<Omit<Rule, "key" | "attachments">>;

interface Setup {
  readonly rules: Readonly<Record<string, RuleInput>>;
  readonly policies?: readonly Policy[];
  readonly clientAddress?: ClientAddressRule;
  /** Further endpoints, by backend name. */
  readonly endpoints?: Readonly<Record<string, number>>;
}

export function ruleNamed(name: string, input: RuleInput): Rule {
  const match = pathIs("segment-prefix", `/${name}`);
  return rule(`httproute/shop/${name}/0/0`, [{ listener: section, hosts: ["*"] }], { match, ...input });
}

/** A gateway with these rules and policies on a real Envoy; undefined where there is none, and the test is skipped. */
export async function served(t: TestContext, setup: Setup) {
  const [port = 0] = await freePorts(1);
  const echo = await echoBackend(t, "web");
  const endpoints = { web: echo.port, ...setup.endpoints };
  const built = encodedWorld({
    gateways: [gateway("shop/edge", { clientAddress: setup.clientAddress ?? { kind: "direct" } })],
    listeners: [listener(section, port, "*", { address: "127.0.0.1" })],
    backends: Object.keys(endpoints).map((name) => backend(`service/shop/${name}/80`)),
    rules: Object.entries(setup.rules).map(([name, input]) => ruleNamed(name, input)),
    policies: setup.policies ?? [],
  });
  built.putEndpoints(
    ...Object.entries(endpoints).map(([name, number]) => ({
      key: `shop/${name}/80`,
      endpoints: [{ address: "127.0.0.1", port: number, state: "serving" as const }],
    })),
  );
  const proxy = await liveProxy(t, built.encoded.planSource, "edge");
  if (proxy === undefined) return undefined;
  const status = async (path: string, options: Ask = {}) => (await ask(port, path, options)).status;
  const version = () => built.encoded.planSource.plan("edge")?.get("listener", `tcp/127.0.0.1/${port}`)?.version;
  return { proxy, port, status, listenerVersion: version, ...built };
}

export function access(rules: Partial<Pick<AuthorizeStep, "allow" | "deny">>): AuthorizeStep {
  return { kind: "authorize", instance: "access", allow: [], deny: [], origin, ...rules };
}

export function who(rules: Omit<AccessRule, "name" | "origin">): AccessRule {
  return { name: "who", origin, ...rules };
}

export interface Issuer {
  readonly jwks: string;
  readonly token: (claims: JWTPayload) => Promise<string>;
}

export async function issuer(name: string): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: name, alg: "ES256" };
  const token = (claims: JWTPayload) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: name })
      .setIssuer(name)
      .setExpirationTime("1h")
      .sign(privateKey);
  return { jwks: JSON.stringify({ keys: [jwk] }), token };
}

export function provider(name: string, jwks: string, more: Partial<JwtProvider> = {}): JwtProvider {
  return {
    name,
    issuer: name,
    audiences: [],
    keys: { kind: "inline", jwks },
    fromHeaders: [],
    fromQueryParameters: [],
    claimsToHeaders: [],
    forward: false,
    origin,
    ...more,
  };
}

export function token(instance: string, providers: readonly JwtProvider[], allowMissing = false): JwtStep {
  return { kind: "jwt", instance, providers, allowMissing, origin };
}

export const bearer = (text: string): Ask => ({ headers: { authorization: `Bearer ${text}` } });
