import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gateway, listener } from "../../src/compile/testing/nodes.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { envoyRegistry } from "../../src/envoy/registry.ts";
import { plainAccessCommands } from "../../src/xds/check/access-format.ts";
import { toConfigDump } from "../../src/xds/config-dump.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { staticBootstrap } from "../../src/xds/testing/static-bootstrap.ts";
import { refusalOf } from "./xds-validate.ts";

describe("access log formats", () => {
  it("every command that may be used is one Envoy knows, in a record and in a line", async (t) => {
    const envoy = await realEnvoy(t);
    if (envoy === undefined) return;
    const fields = Object.fromEntries([...plainAccessCommands].map((command) => [command, `%${command}%`]));
    const times = {
      time: "%START_TIME(%Y/%m/%dT%H:%M:%S%z)%",
      header: "%REQ(X-A?:PATH):10% %TRAILER(a)%",
      sign: "100%%",
    };
    const edge = { escapedSlashes: "keep", headersWithUnderscores: "allow", mergeSlashes: true } as const;
    const text = Object.values({ ...fields, ...times }).join(" ");
    const { encoded } = encodedWorld({
      gateways: [
        gateway("shop/json", {
          edge: { ...edge, accessLog: { kind: "json", path: "/dev/stdout", fields: { ...fields, ...times } } },
        }),
        gateway("shop/text", { edge: { ...edge, accessLog: { kind: "text", path: "/dev/stderr", format: text } } }),
      ],
      listeners: [listener("shop/json/http", 80), listener("shop/text/http", 81)],
    });
    const dump = toConfigDump(encoded.planSource, "edge", await envoyRegistry()) ?? [];
    const [json, line] = dump.filter(({ type }) => type === "listener").map(({ resource }) => JSON.stringify(resource));
    for (const command of plainAccessCommands) assert.ok(json?.includes(`"%${command}%"`), command);
    assert.ok(line?.includes("%%"));
    assert.equal(await refusalOf(envoy.path, staticBootstrap(dump)), undefined);
  });
});
