import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPath } from "../../model/provenance.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { admit } from "../admit.ts";
import { accessPolicy } from "./access-policy.ts";

const target = { group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "web" };
const clientAddresses = { allow: ["10.0.0.0/8", "2001:db8::1"], deny: ["10.1.0.0/16"] };
const provider = {
  name: "corp",
  issuer: "https://login.example",
  jwks: { inline: '{"keys":[{"kty":"oct","k":"aHVudGVyMg"}]}' },
};

const policy = (spec: JsonObject): JsonObject => ({
  apiVersion: "weir.dev/v1alpha1",
  kind: "AccessPolicy",
  metadata: { name: "p", namespace: "shop" },
  spec: { targetRefs: [target], ...spec },
});

function told(spec: JsonObject): readonly string[] {
  return admit(accessPolicy, policy(spec)).violations.map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

describe("AccessPolicy", () => {
  it("takes every section and fills in the defaults", () => {
    const spec = {
      clientAddresses,
      jwt: {
        providers: [
          provider,
          {
            ...provider,
            name: "partner",
            audiences: ["shop"],
            jwks: {
              remote: {
                url: "https://login.example/jwks",
                cacheDuration: "5m",
                backendRef: { name: "login", port: 443 },
              },
            },
            fromHeaders: [{ name: "X-Token", prefix: "Bearer " }],
            fromQueryParameters: ["token"],
            claimsToHeaders: [{ claim: "sub", header: "x-user" }],
          },
        ],
      },
      rules: [
        {
          name: "admins",
          action: "Allow",
          when: {
            clientAddresses: ["192.0.2.0/24"],
            jwtClaims: [{ provider: "corp", claim: "groups", values: ["admin"] }],
            methods: ["GET"],
            pathPrefixes: ["/admin"],
            headers: [{ name: "x-a", value: "b" }],
          },
        },
        { action: "Deny" },
      ],
    };
    const { object, violations } = admit(accessPolicy, policy(spec));
    assert.deepEqual(violations, []);
    const [corp, partner] = spec.jwt.providers;
    assert.deepEqual(object.spec, {
      targetRefs: [target],
      clientAddresses,
      jwt: {
        allowMissing: false,
        providers: [
          { ...corp, forward: false },
          {
            ...partner,
            forward: false,
            jwks: {
              remote: {
                url: "https://login.example/jwks",
                cacheDuration: "5m",
                backendRef: { name: "login", port: 443, group: "", kind: "Service" },
              },
            },
          },
        ],
      },
      rules: [
        {
          ...spec.rules[0],
          when: { ...spec.rules[0]?.when, headers: [{ name: "x-a", value: "b", type: "Exact" }] },
        },
        { action: "Deny" },
      ],
      merge: "Default",
    });
  });

  const cases: readonly (readonly [title: string, spec: JsonObject, told: readonly string[]])[] = [
    ["nothing to check", {}, ["spec: checks nothing"]],
    ["no target", { targetRefs: [], clientAddresses }, ["spec.targetRefs: must not be empty"]],
    [
      "a target of another kind",
      { targetRefs: [{ group: "", kind: "Service", name: "web" }], clientAddresses },
      ['spec.targetRefs[0].kind: "Service" cannot be the target of an AccessPolicy'],
    ],
    [
      "a target of another group",
      { targetRefs: [{ group: "", kind: "Gateway", name: "web" }], clientAddresses },
      ['spec.targetRefs[0].group: "" has no kind Gateway'],
    ],
    [
      "a section of an Ingress",
      { targetRefs: [{ group: "networking.k8s.io", kind: "Ingress", name: "web", sectionName: "a" }], clientAddresses },
      ["spec.targetRefs[0].sectionName: is not allowed for Ingress, which has no named sections"],
    ],
    [
      "addresses that are none",
      { clientAddresses: { allow: ["10.0.0.0/33", "a.example", "10.0.0.0/", "fe80::1%eth0"] } },
      ["10.0.0.0/33", "a.example", "10.0.0.0/", "fe80::1%eth0"].map(
        (range, index) => `spec.clientAddresses.allow[${index}]: "${range}" is neither an IP address nor a CIDR`,
      ),
    ],
    [
      "no keys",
      { jwt: { providers: [{ ...provider, jwks: {} }] } },
      ["spec.jwt.providers[0].jwks: has neither inline nor remote"],
    ],
    [
      "keys twice",
      { jwt: { providers: [{ ...provider, jwks: { ...provider.jwks, remote: { url: "https://a.example" } } }] } },
      ["spec.jwt.providers[0].jwks.remote: cannot be combined with inline"],
    ],
    [
      "keys that are none",
      { jwt: { providers: [{ ...provider, jwks: { inline: "hunter2" } }] } },
      ['spec.jwt.providers[0].jwks.inline: is no JSON Web Key Set: a JSON object with a list "keys" (RFC 7517)'],
    ],
    [
      "an empty key set",
      { jwt: { providers: [{ ...provider, jwks: { inline: '{"keys":[]}' } }] } },
      ["spec.jwt.providers[0].jwks.inline: holds no key"],
    ],
    [
      "a URL with credentials",
      { jwt: { providers: [{ ...provider, jwks: { remote: { url: "https://u:hunter2@a.example" } } }] } },
      ["spec.jwt.providers[0].jwks.remote.url: holds credentials, which are not allowed in it"],
    ],
    [
      "a file as URL",
      { jwt: { providers: [{ ...provider, jwks: { remote: { url: "file:///etc/passwd" } } }] } },
      ["spec.jwt.providers[0].jwks.remote.url: is no http or https URL"],
    ],
    [
      "a provider nobody defined",
      { rules: [{ action: "Allow", when: { jwtClaims: [{ provider: "corp", claim: "a", values: ["b"] }] } }] },
      ['spec.rules[0].when.jwtClaims[0].provider: "corp" is none of spec.jwt.providers'],
    ],
    [
      "two rules of one name",
      {
        rules: [
          { name: "a", action: "Allow" },
          { name: "a", action: "Deny" },
        ],
      },
      ['spec.rules[1].name: "a" is used twice'],
    ],
    [
      "the whole target and a section of it",
      { targetRefs: [target, { ...target, sectionName: "a" }], clientAddresses },
      ["spec.targetRefs[1]: refers to the same target as targetRefs[0], but only one of them names a section"],
    ],
  ];
  for (const [title, spec, expected] of cases) {
    it(`refuses ${title}`, () => {
      assert.deepEqual(told(spec), expected);
      assert.equal(JSON.stringify(admit(accessPolicy, policy(spec)).violations).includes("hunter2"), false);
    });
  }
});
