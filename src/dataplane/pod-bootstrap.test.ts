import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { BootstrapSchema } from "../envoy/generated/envoy/config/bootstrap/v3/bootstrap_pb.ts";
import { DiscoveryResponseSchema } from "../envoy/generated/envoy/service/discovery/v3/discovery_pb.ts";
import { envoyRegistry } from "../envoy/registry.ts";
import { checkFieldRules } from "../envoy/validate-rules.ts";
import { createAuthority } from "../identity/certificates.ts";
import { type PodBootstrapOptions, podBootstrap } from "./pod-bootstrap.ts";
import { podTermination } from "./pod-timings.ts";
import { realEnvoy } from "./testing/real-envoy.ts";
import { validateConfiguration } from "./validate-configuration.ts";

const golden = new URL("./goldens/pod/gateway.json", import.meta.url);

async function readGolden(): Promise<{
  readonly description: string;
  readonly options: PodBootstrapOptions;
  readonly expected: unknown;
}> {
  return JSON.parse(await readFile(golden, "utf8"));
}

/** What a pod gets, with the files that are JSON as JSON: easier to read than text within text. */
function readable(options: PodBootstrapOptions) {
  const { files, arguments: args, environment } = podBootstrap(options);
  const parsed = Object.entries(files).map(([name, text]) => [name, name.endsWith(".json") ? JSON.parse(text) : text]);
  return { arguments: args, environment, files: Object.fromEntries(parsed) };
}

describe("the bootstrap of pods", () => {
  test("is as the golden says", async () => {
    const { description, options, expected } = await readGolden();
    const actual = readable(options);
    if (process.env.UPDATE_GOLDEN === "1") {
      await writeFile(golden, `${JSON.stringify({ description, options, expected: actual }, null, 2)}\n`);
    } else assert.deepEqual(actual, expected);
  });

  test("every field exists and keeps Envoy's rules", async () => {
    const registry = await envoyRegistry();
    const { files } = podBootstrap((await readGolden()).options);
    const message = fromJson(BootstrapSchema, JSON.parse(files["bootstrap.json"]), { registry });
    assert.deepEqual(checkFieldRules(BootstrapSchema, message, registry), []);
    for (const name of ["xds-trust.json", "xds-token.json"] as const) {
      const response = fromJson(DiscoveryResponseSchema, JSON.parse(files[name]), { registry });
      assert.deepEqual(checkFieldRules(DiscoveryResponseSchema, response, registry), []);
    }
  });

  test("a real Envoy accepts it", async (t) => {
    const envoy = await realEnvoy(t);
    if (envoy === undefined) return;
    const folder = await mkdtemp(join(tmpdir(), "weir-pod-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const validity = { from: new Date(), until: new Date(Date.now() + 86_400_000) };
    const { certificate } = await createAuthority("test", validity);
    const { files } = podBootstrap({ ...(await readGolden()).options, trustedAuthorities: certificate });
    const moved = (text: string) =>
      text
        .replaceAll("/etc/weir", folder)
        .replaceAll("/var/run/secrets/weir.dev", folder)
        .replaceAll("/run/weir", folder);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), moved(text));
    await writeFile(join(folder, "token"), "a.b.c");
    const configuration = JSON.parse(moved(files["bootstrap.json"]));
    // Its node is named by arguments, which the check does not get.
    configuration.node = { id: "n", cluster: "c" };
    assert.deepEqual(await validateConfiguration(envoy, configuration), { accepted: true, reason: "" });
  });

  test("shows readiness and metrics of the admin interface, and keeps that itself to the container", async () => {
    const { files } = podBootstrap((await readGolden()).options);
    const { admin, static_resources: resources } = JSON.parse(files["bootstrap.json"]);
    assert.deepEqual(Object.keys(admin.address), ["pipe"]);
    const shown = resources.listeners.map((listener: (typeof resources.listeners)[number]) => [
      listener.address.socket_address.port_value,
      listener.filter_chains[0].filters[0].typed_config.route_config.virtual_hosts[0].routes.map(
        ({ match }: { readonly match: unknown }) => match,
      ),
    ]);
    assert.deepEqual(shown, [
      [19_001, [{ path: "/ready" }]],
      [19_002, [{ path: "/metrics" }]],
    ]);
  });

  test("new authorities reach running pods, everything else starts new ones", async () => {
    const { options } = await readGolden();
    const before = podBootstrap(options).restartsOn;
    assert.equal(podBootstrap({ ...options, trustedAuthorities: "other" }).restartsOn, before);
    assert.notEqual(podBootstrap({ ...options, timings: { spreadSeconds: 5, drainSeconds: 60 } }).restartsOn, before);
    assert.notEqual(podBootstrap({ ...options, controlPlane: { host: "other", port: 1 } }).restartsOn, before);
  });

  test("a pod is given the time that it needs to leave", () => {
    assert.deepEqual(podTermination({ spreadSeconds: 5, drainSeconds: 20 }), {
      preStopSleepSeconds: 28,
      gracePeriodSeconds: 33,
    });
  });
});
