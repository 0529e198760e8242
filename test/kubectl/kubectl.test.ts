import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { textAt } from "../../src/model/json.ts";
import { findKubectl, KubectlSession } from "./kubectl-session.ts";
import { samples } from "./sample-objects.ts";

const found = await findKubectl();
const skip = "missing" in found ? found.missing : false;

/** What an unmodified kubectl does against the API, kind by kind, in the order in which a person would do it. */
for (const sample of samples) {
  describe(`kubectl on ${sample.resource}`, { skip }, () => {
    let session: KubectlSession;
    const { resource, printed } = sample;
    const value = () => session.kubectl("get", resource, "web", "-o", `jsonpath=${sample.path}`);
    const run = (...args: string[]) => session.kubectl(...args);

    before(async () => {
      session = await KubectlSession.start("path" in found ? found.path : "");
    });
    after(() => session.close());

    it("create, and not twice", async () => {
      const file = session.file("object.yaml", sample.object);
      assert.equal(await run("create", "-f", file), `${printed}/web created\n`);
      const again = await session.try(["create", "-f", file]);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /Error from server \(AlreadyExists\): .*"web" already exists/);
      assert.equal(await value(), sample.before);
      assert.equal(await run("delete", "-f", file), `${printed} "web" deleted from default namespace\n`);
      assert.match(
        (await session.try(["get", resource, "web"])).stderr,
        /Error from server \(NotFound\): .* "web" not found/,
      );
    });

    it("--dry-run=server changes nothing", async () => {
      const file = session.file("object.yaml", sample.object);
      assert.equal(await run("apply", "--dry-run=server", "-f", file), `${printed}/web created (server dry run)\n`);
      assert.equal((await session.try(["get", resource, "web"])).code, 1);
    });

    it("diff shows what an apply would create", async () => {
      const diff = await session.try(["diff", "-f", session.file("object.yaml", sample.object)]);
      assert.equal(diff.code, 1, diff.stderr);
      assert.match(diff.stdout, /^\+ {2}name: web$/m);
    });

    it("apply, apply again, apply with one item of a list changed", async () => {
      const file = session.file("object.yaml", sample.object);
      assert.equal(await run("apply", "-f", file), `${printed}/web created\n`);
      const version = () =>
        run("get", resource, "web", "-o", "jsonpath={.metadata.generation} {.metadata.resourceVersion}");
      const first = await version();
      assert.equal(await run("apply", "-f", file), `${printed}/web ${sample.sameAgain}\n`);
      assert.equal(await version(), first, "nothing was written");
      assert.equal(await value(), sample.before);
      const changed = session.file("object.yaml", sample.changed);
      const diff = await session.try(["diff", "-f", changed]);
      assert.equal(diff.code, 1, diff.stderr);
      assert.match(diff.stdout, /^-.+\n(^.*\n)*^\+.+$/m);
      assert.equal(await value(), sample.before, "diff changes nothing");
      assert.equal(await run("apply", "-f", changed), `${printed}/web configured\n`);
      assert.equal(await value(), sample.after);
    });

    it("get as table, wide, yaml, json and names", async () => {
      const [head = "", row = ""] = (await run("get", resource)).split("\n");
      assert.deepEqual(
        head.split(/ {2,}/).map((column) => column.trim()),
        sample.columns,
      );
      assert.match(row, /^web +.*\d+s$/);
      const wide = await run("get", resource, "-o", "wide");
      assert.ok((wide.split("\n")[0] ?? "").startsWith(head.trim().split(/ {2,}/)[0] ?? "?"));
      assert.match(await run("get", resource, "web", "-o", "yaml"), /^ {2}resourceVersion: "\d+"$/m);
      const object = await session.json("get", resource, "web");
      assert.equal(textAt(object, "metadata", "name"), "web");
      assert.match(textAt(object, "metadata", "uid") ?? "", /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      assert.equal(await run("get", resource, "-o", "name"), `${printed}/web\n`);
      const list = await session.json("get", resource, "--all-namespaces");
      assert.equal(textAt(list, "items", 0, "metadata", "namespace"), "default");
    });

    it("get with label and field selectors", async () => {
      const names = async (...args: string[]) => (await run("get", resource, "-o", "name", ...args)).trim();
      const one = `${printed}/web`;
      for (const selector of ["app=web", "app in (web,api)", "app", "app!=api", "!other", "app notin (api)"]) {
        assert.equal(await names("-l", selector), one, selector);
      }
      for (const selector of ["app=api", "app notin (web)", "!app", "other"]) {
        assert.equal(await names("-l", selector), "", selector);
      }
      assert.equal(await names("--field-selector", "metadata.name=web"), one);
      assert.equal(await names("--field-selector", "metadata.name=api"), "");
      assert.equal(await names("--field-selector", "metadata.name!=api,metadata.namespace=default", "-A"), one);
      const unknown = await session.try(["get", resource, "--field-selector", "spec.x=1"]);
      assert.match(unknown.stderr, /field label not supported: spec.x/);
    });

    it("label and annotate", async () => {
      assert.equal(await run("label", resource, "web", "tier=edge"), `${printed}/web labeled\n`);
      assert.equal(await run("annotate", resource, "web", "note=hello"), `${printed}/web annotated\n`);
      assert.equal(
        await run("get", resource, "web", "-o", "jsonpath={.metadata.labels.tier} {.metadata.annotations.note}"),
        "edge hello",
      );
      await run("label", resource, "web", "tier-");
      assert.equal(await run("get", resource, "web", "-o", "jsonpath={.metadata.labels.tier}"), "");
    });

    it("describe", async () => {
      assert.match(await run("describe", resource, "web"), sample.described);
    });

    it("edit in an editor", async () => {
      const editor = join(session.directory, "editor.sh");
      writeFileSync(editor, '#!/bin/sh\nsed -i "s/^    app: web$/    app: edited/" "$1"\n', { mode: 0o755 });
      const edited = await session.try(["edit", resource, "web"], { KUBE_EDITOR: editor });
      assert.equal(edited.code, 0, edited.stderr);
      assert.equal(edited.stdout, `${printed}/web edited\n`);
      assert.equal(await run("get", resource, "web", "-o", "jsonpath={.metadata.labels.app}"), "edited");
      await run("label", "--overwrite", resource, "web", "app=web");
    });

    it("patch in three ways", async () => {
      for (const [type, patch] of [
        ["strategic", sample.strategicPatch],
        ["merge", sample.mergePatch],
        ["json", sample.jsonPatch],
      ] as const) {
        await run("replace", "-f", session.file("object.yaml", sample.changed));
        assert.equal(await run("patch", resource, "web", "--type", type, "-p", patch), `${printed}/web patched\n`);
        assert.equal(await value(), sample.patched, type);
        assert.equal(
          await run("patch", resource, "web", "--type", type, "-p", type === "json" ? "[]" : "{}"),
          `${printed}/web patched (no change)\n`,
        );
      }
      const miss = await session.try([
        "patch",
        resource,
        "web",
        "--type",
        "json",
        "-p",
        '[{"op":"test","path":"/kind","value":"Pod"}]',
      ]);
      assert.match(miss.stderr, /the server rejected our request due to an error in our request/);
    });

    it("replace refuses an old version", async () => {
      const old = await session.json("get", resource, "web");
      await run("label", resource, "web", "tier=edge");
      const late = await session.try(["replace", "-f", session.file("old.yaml", old)]);
      assert.match(
        late.stderr,
        /Error from server \(Conflict\): .*the object has been modified; please apply your changes to the latest version/,
      );
    });

    it("reports an unknown field", async () => {
      await run("delete", resource, "web");
      const file = session.file("wrong.yaml", sample.withUnknownField);
      const strict = await session.try(["create", "-f", file]);
      assert.equal(strict.code, 1);
      assert.ok(strict.stderr.includes("strict decoding error"), strict.stderr);
      assert.ok(strict.stderr.includes(sample.unknownField), strict.stderr);
      const warned = await session.try(["create", "--validate=warn", "-f", file]);
      assert.ok(warned.stderr.includes(`Warning: ${sample.unknownField}`), warned.stderr);
      await run("delete", resource, "web", "--ignore-not-found");
    });

    it("get -w", async () => {
      const watch = session.follow(["get", resource, "-w", "--output-watch-events"]);
      try {
        await run("create", "-f", session.file("object.yaml", sample.object));
        assert.match(await watch.next(), /^EVENT +NAME/);
        assert.match(await watch.next(), /^ADDED +web /);
        await run("label", resource, "web", "tier=edge");
        assert.match(await watch.next(), /^MODIFIED +web /);
        await run("delete", resource, "web");
        assert.match(await watch.next(), /^DELETED +web /);
        await run("create", "-f", session.file("object.yaml", sample.object));
        assert.match(await watch.next(), /^ADDED +web /);
      } finally {
        watch.stop();
      }
    });

    it("get -w with a selector that stops to match", async () => {
      const watch = session.follow(["get", resource, "-l", "app=web", "-w", "--output-watch-events"]);
      try {
        assert.match(await watch.next(), /^EVENT +NAME/);
        assert.match(await watch.next(), /^ADDED +web /);
        await run("label", "--overwrite", resource, "web", "app=other");
        assert.match(await watch.next(), /^DELETED +web /);
        await run("label", "--overwrite", resource, "web", "app=web");
        assert.match(await watch.next(), /^ADDED +web /);
      } finally {
        watch.stop();
      }
    });

    it("get NAME -w", async () => {
      const watch = session.follow(["get", resource, "web", "-w", "--output-watch-events"]);
      try {
        assert.match(await watch.next(), /^EVENT +NAME/);
        assert.match(await watch.next(), /^ADDED +web /);
        await run("create", "-f", session.file("second.yaml", { ...sample.object, metadata: { name: "second" } }));
        await run("delete", resource, "second");
        await run("label", "--overwrite", resource, "web", "tier=inner");
        assert.match(await watch.next(), /^MODIFIED +web /);
      } finally {
        watch.stop();
      }
    });

    it("apply --server-side", async () => {
      const result = await session.try(["apply", "--server-side", "-f", session.file("object.yaml", sample.changed)]);
      assert.match(result.stderr, /Server-side apply not available on the server/);
    });

    it("explain", async () => {
      assert.match(await run("explain", sample.explained), sample.explanation);
      assert.match(await run("explain", resource), /^FIELDS:$/m);
      assert.match(await run("explain", resource, "--recursive"), /^ {2}metadata\t<\w+>/m);
    });

    it("delete by selector", async () => {
      await run(
        "create",
        "-f",
        session.file("second.yaml", { ...sample.object, metadata: { name: "second", labels: { app: "second" } } }),
      );
      assert.equal(
        await run("delete", resource, "-l", "app=second"),
        `${printed} "second" deleted from default namespace\n`,
      );
      assert.equal(await run("get", resource, "-o", "name"), `${printed}/web\n`);
    });
  });
}

describe("kubectl on the API as a whole", { skip }, () => {
  let session: KubectlSession;
  before(async () => {
    session = await KubectlSession.start("path" in found ? found.path : "");
  });
  after(() => session.close());

  it("api-resources and api-versions", async () => {
    const resources = await session.kubectl("api-resources");
    for (const line of [
      /^services +svc +v1 +true +Service$/m,
      /^secrets +v1 +true +Secret$/m,
      /^ingresses +ing +networking\.k8s\.io\/v1 +true +Ingress$/m,
      /^httproutes +gateway\.networking\.k8s\.io\/v1 +true +HTTPRoute$/m,
      /^namespaces +ns +v1 +false +Namespace$/m,
    ]) {
      assert.match(resources, line);
    }
    const versions = (await session.kubectl("api-versions")).split("\n");
    for (const version of ["gateway.networking.k8s.io/v1", "networking.k8s.io/v1", "v1", "weir.dev/v1alpha1"]) {
      assert.ok(versions.includes(version), version);
    }
  });

  it("version", async () => {
    assert.match(await session.kubectl("version"), /^Server Version: v1\.34\.0\+weir-0\.0\.0$/m);
  });

  it("namespaces: default is there, others come when they are written, objects need none", async () => {
    assert.match(await session.kubectl("get", "ns"), /^default +Active/m);
    assert.equal(await session.kubectl("create", "ns", "shop"), "namespace/shop created\n");
    assert.equal(await session.kubectl("get", "ns", "-o", "name"), "namespace/default\nnamespace/shop\n");
    assert.equal(
      await session.kubectl("create", "secret", "generic", "s", "--from-literal=a=b", "-n", "elsewhere"),
      "secret/s created\n",
    );
    assert.equal(await session.kubectl("get", "ns", "-o", "name"), "namespace/default\nnamespace/shop\n");
    assert.equal(await session.kubectl("label", "ns", "default", "a=b"), "namespace/default labeled\n");
    assert.match(await session.kubectl("get", "ns", "default", "--show-labels"), /a=b/);
  });

  it("get several kinds at once, and all of them of a file", async () => {
    const file = session.file("all.yaml", ...samples.map(({ object }) => object));
    await session.kubectl("apply", "-f", file);
    const names = await session.kubectl("get", "svc,ing,httproutes", "-o", "name");
    assert.equal(names, "service/web\ningress.networking.k8s.io/web\nhttproute.gateway.networking.k8s.io/web\n");
    await session.kubectl("delete", "-f", file);
    assert.equal(await session.kubectl("get", "svc,ing,httproutes,secrets", "-o", "name"), "");
  });

  it("create with kubectl's own commands, which send protobuf", async () => {
    const { kubectl, json } = { kubectl: session.kubectl.bind(session), json: session.json.bind(session) };
    await kubectl("create", "secret", "generic", "made", "--from-literal=user=weir", "--from-literal=password=p4ss");
    const secret = await json("get", "secret", "made");
    assert.deepEqual(secret.data, { user: "d2Vpcg==", password: "cDRzcw==" });
    assert.equal(secret.type, "Opaque");

    await kubectl("create", "configmap", "made", "--from-literal=greeting=hällo");
    assert.deepEqual((await json("get", "configmap", "made")).data, { greeting: "hällo" });

    await kubectl("create", "service", "nodeport", "made", "--tcp=80:8080", "--tcp=443:https");
    const service = await json("get", "service", "made");
    assert.deepEqual(service.spec, {
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
      ports: [
        { name: "80-8080", port: 80, protocol: "TCP", targetPort: 8080 },
        { name: "443-https", port: 443, protocol: "TCP", targetPort: "https" },
      ],
      selector: { app: "made" },
      sessionAffinity: "None",
      type: "NodePort",
    });
    assert.deepEqual(textAt(service, "metadata", "labels", "app"), "made");

    const rule = "shop.example.com/cart*=made:80,tls=shop";
    await kubectl("create", "ingress", "made", "--class=weir", `--rule=${rule}`, "--default-backend=made:https");
    const ingress = await json("get", "ingress", "made");
    assert.deepEqual(ingress.spec, {
      ingressClassName: "weir",
      defaultBackend: { service: { name: "made", port: { name: "https" } } },
      tls: [{ hosts: ["shop.example.com"], secretName: "shop" }],
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [
              { path: "/cart", pathType: "Prefix", backend: { service: { name: "made", port: { number: 80 } } } },
            ],
          },
        },
      ],
    });

    const job = await session.try(["create", "job", "made", "--image=x"]);
    assert.match(job.stderr, /could not find the requested resource|NotFound/);
    await kubectl("delete", "secret/made", "configmap/made", "service/made", "ingress/made");
  });
});
