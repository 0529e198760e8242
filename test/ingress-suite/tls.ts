import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { JsonObject } from "../../src/model/source-object.ts";
import { type PeerAuthority, peerAuthority } from "../e2e/peer-certificates.ts";
import type { Question } from "./answers.ts";
import { ingress, namespace } from "./objects.ts";
import type { SuiteCluster } from "./suite-cluster.ts";

/** "If the TLS configuration section specifies different hosts, they are multiplexed on the same port according to the hostname specified through SNI." */
export function tls(cluster: SuiteCluster): void {
  const group = "tls";
  let address = "";
  let authority: PeerAuthority;

  const secret = async (name: string, ...dns: readonly string[]): Promise<JsonObject> => {
    const { cert, key } = await authority.issue("server", { dns });
    const data = { "tls.crt": btoa(cert), "tls.key": btoa(key) };
    return { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: { name, namespace }, data };
  };
  const over = (host: string, path = "/"): Question => ({
    address,
    host,
    path,
    tls: { serverName: host, authority: authority.certificate },
  });
  const certificateFor = (...names: readonly string[]): string => names.map((name) => `DNS:${name}`).join(", ");

  before(async () => {
    authority = await peerAuthority("ingress suite");
    await cluster.gateway(group);
    await cluster.apply(await secret("one", "one.tls.example"), await secret("two", "two.tls.example"));
    const rule = (host: string, backend: "one" | "two" | "three") => ({ host, paths: [{ path: "/", backend }] });
    address = await cluster.serve(
      group,
      ingress("different-hosts", group, {
        tls: [
          { hosts: ["one.tls.example"], secretName: "one" },
          { hosts: ["two.tls.example"], secretName: "two" },
        ],
        rules: [rule("one.tls.example", "one"), rule("two.tls.example", "two")],
      }),
      ingress("without-secret", group, {
        tls: [{ hosts: ["three.tls.example"], secretName: "three" }],
        rules: [rule("three.tls.example", "three")],
      }),
      ingress("without-tls", group, { rules: [rule("plain.example", "three")] }),
    );
  });

  for (const name of ["one", "two"] as const) {
    const host = `${name}.tls.example`;
    it(`a client that asks for ${host} is shown the certificate of its Secret`, async () => {
      await cluster.expect(over(host), { status: 200, service: name, certificate: certificateFor(host) });
    });
  }

  it("requests over HTTP for a host with a TLS section are sent to HTTPS", async () => {
    const host = "one.tls.example";
    const location = `https://${host}/path?q=1`;
    await cluster.expect({ address, host, path: "/path?q=1" }, { status: 308, location });
  });

  it("a host without a TLS section is served over HTTP", async () => {
    await cluster.expect({ address, host: "plain.example", path: "/" }, { status: 200, service: "three" });
  });

  it("a host whose Secret does not exist is not served over HTTPS until it does", async () => {
    const host = "three.tls.example";
    await cluster.expect(over("one.tls.example"), { status: 200 });
    const { status, error } = await cluster.ask(over(host));
    assert.equal(status, undefined);
    assert.ok(error !== undefined);
    await cluster.apply(await secret("three", host));
    await cluster.expect(over(host), { status: 200, service: "three", certificate: certificateFor(host) });
  });

  it("a Secret that is replaced is shown from then on", async () => {
    const names = ["two.tls.example", "renewed.tls.example"];
    await cluster.apply(await secret("two", ...names));
    await cluster.expect(over("two.tls.example"), {
      status: 200,
      service: "two",
      certificate: certificateFor(...names),
    });
  });
}
