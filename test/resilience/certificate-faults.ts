import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { installationNamespace } from "../../scripts/cluster-tools/session.ts";
import { issueCertificate } from "../../src/identity/certificates.ts";
import { trustBundle, type XdsCertificates, xdsServerNames } from "../../src/identity/xds-certificates.ts";
import { readXdsSecret, xdsSecret } from "../../src/identity/xds-secret.ts";
import { connectedTo, podsOf, replaced } from "../support/cluster/pods.ts";
import { answered } from "./awaited.ts";
import { assertUnharmed } from "./load.ts";
import { gatewayName, host } from "./shop.ts";
import { proxies, type World, weir, xdsPort } from "./world.ts";

const dayMs = 86_400_000;

/** Certificates that take the place of others: what clients are shown, and what proxies are shown. */
export function certificateFaults(world: World): void {
  const { cluster } = world;

  it("while the certificate of their listener is replaced", async (t) => {
    const load = await world.startLoad(t);
    const certificate = await world.certify(gatewayName, host);
    const each = (await world.atEachProxy(host)).map(({ address }) => ({ ...world.secure(host), address }));
    await answered(cluster, each, { status: 200, certificate });
    assertUnharmed(t, await load.stop());
  });

  it("while the certificate of the xDS port grows old and is renewed", async (t) => {
    const names = xdsServerNames("weir", installationNamespace);
    const load = await world.startLoad(t);

    // As it will be in some weeks: valid, and due.
    const { authorities } = await xdsSecretOf();
    const [authority] = authorities;
    assert.ok(authority !== undefined);
    const now = Date.now();
    const validity = { from: new Date(now - 25 * dayMs), until: new Date(now + 5 * dayMs) };
    const old = await issueCertificate(authority, names, validity, "Weir control plane");
    await cluster.apply([xdsSecret(installationNamespace, "weir-xds", { authorities, server: old })]);

    const renewed = await renewedAfter(old.certificate);
    const serialNumber = new X509Certificate(renewed.server.certificate).serialNumber;
    const replicas = await podsOf(cluster, weir);
    for (const { address } of replicas) {
      const trusted = trustBundle(renewed);
      const shown = { address, port: xdsPort, servername: names[0] ?? "", trusted, serialNumber, withinMs: 90_000 };
      await world.inside("await-certificate.ts", shown);
    }

    // Proxies that call again meet the new one, and go on being served.
    await cluster.kubectl("rollout", "restart", `deployment/${weir.deployment}`, `--namespace=${weir.namespace}`);
    await replaced(cluster, weir, replicas);
    await world.takesChanges("after-renewal");
    const connected = await Promise.all((await podsOf(cluster, weir)).map((pod) => connectedTo(pod, xdsPort)));
    for (const { name, address } of await podsOf(cluster, proxies)) {
      assert.ok(
        connected.some((peers) => peers.has(address)),
        `${name} is connected`,
      );
    }
    assertUnharmed(t, await load.stop());
  });

  async function xdsSecretOf(): Promise<XdsCertificates> {
    const found = readXdsSecret(await cluster.get("secret/weir-xds", "--namespace", installationNamespace));
    assert.ok(found !== undefined, "the Secret is whole");
    return found;
  }

  /** The leader looks at the Secret once a minute. */
  async function renewedAfter(old: string): Promise<XdsCertificates> {
    const until = Date.now() + 90_000;
    for (;;) {
      const found = await xdsSecretOf();
      if (found.server.certificate !== old) return found;
      assert.ok(Date.now() < until, "the certificate is not renewed");
      await wait(1_000);
    }
  }
}
