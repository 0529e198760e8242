import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { BootstrapSchema } from "../envoy/generated/envoy/config/bootstrap/v3/bootstrap_pb.ts";
import { envoyRegistry } from "../envoy/registry.ts";
import { checkFieldRules } from "../envoy/validate-rules.ts";
import { createAuthority, issueCertificate } from "../identity/certificates.ts";
import { type BootstrapOptions, bootstrap } from "./bootstrap.ts";
import { realEnvoy } from "./testing/real-envoy.ts";
import { validateConfiguration } from "./validate-configuration.ts";

interface Golden {
  readonly description: string;
  readonly options: BootstrapOptions;
  readonly expected: unknown;
}

const folder = new URL("./goldens/", import.meta.url);

async function goldens(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".json"));
}

async function readGolden(file: string): Promise<Golden> {
  return JSON.parse(await readFile(new URL(file, folder), "utf8"));
}

describe("bootstrap", async () => {
  for (const file of await goldens()) {
    const golden = await readGolden(file);

    test(`${golden.description} (${file})`, async () => {
      const actual = bootstrap(golden.options);
      if (process.env.UPDATE_GOLDEN === "1") {
        await writeFile(new URL(file, folder), `${JSON.stringify({ ...golden, expected: actual }, null, 2)}\n`);
      } else {
        assert.deepEqual(actual, golden.expected);
      }
    });

    test(`${file}: every field exists and keeps Envoy's rules`, async () => {
      const registry = await envoyRegistry();
      const plain = JSON.parse(JSON.stringify(bootstrap(golden.options)));
      const message = fromJson(BootstrapSchema, plain, { registry });
      assert.deepEqual(checkFieldRules(BootstrapSchema, message, registry), []);
    });
  }

  test("a real Envoy accepts it", async (t) => {
    const envoy = await realEnvoy(t);
    if (envoy === undefined) return;
    const files = await mkdtemp(join(tmpdir(), "weir-bootstrap-"));
    t.after(() => rm(files, { recursive: true, force: true }));
    const validity = { from: new Date(), until: new Date(Date.now() + 86_400_000) };
    const authority = await createAuthority("test", validity);
    const [trustedCaFile, certificateFile, privateKeyFile] = ["ca", "crt", "key"].map((name) => join(files, name));
    assert.ok(trustedCaFile !== undefined && certificateFile !== undefined && privateKeyFile !== undefined);
    const leaf = await issueCertificate(authority, ["proxy.example.com"], validity);
    await writeFile(trustedCaFile, authority.certificate);
    await writeFile(certificateFile, leaf.certificate);
    await writeFile(privateKeyFile, leaf.privateKey.reveal());
    for (const file of await goldens()) {
      const { options } = await readGolden(file);
      const controlPlane =
        options.controlPlane.kind === "tls"
          ? { ...options.controlPlane, trustedCaFile, certificateFile, privateKeyFile }
          : options.controlPlane;
      const verdict = await validateConfiguration(envoy, bootstrap({ ...options, controlPlane }));
      assert.deepEqual(verdict, { accepted: true, reason: "" }, file);
    }
    const broken = await validateConfiguration(envoy, bootstrap({ ...minimal, stats: [{ prefix: "" }] }));
    assert.equal(broken.accepted, false, "the check can fail");
  });
});

const minimal: BootstrapOptions = {
  node: { id: "gateway/default/weir/laptop", cluster: "default/weir" },
  controlPlane: { kind: "unix", path: "/run/weir/xds.sock" },
  admin: { kind: "unix", path: "/run/weir/envoy-admin.sock" },
};
