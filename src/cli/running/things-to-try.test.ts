import assert from "node:assert/strict";
import { test } from "node:test";
import { startWeir } from "../testing/running-weir.ts";
import { renderThingToTry, thingsToTry } from "./things-to-try.ts";

test("of the quickstart there is one request to try for each host, over HTTPS", async (t) => {
  const weir = await startWeir();
  t.after(() => weir.close());
  const things = thingsToTry(weir.process.controlPlane.pipeline.plan);
  assert.deepEqual(things, [
    { host: "api.shop.localhost", scheme: "https", port: 8443, path: "/cart", kind: "http" },
    { host: "grpc.shop.localhost", scheme: "https", port: 8443, path: "/weir.demo.v1.Demo/", kind: "demo-grpc" },
    { host: "shop.localhost", scheme: "https", port: 8443, path: "/cart", kind: "http" },
  ]);
});

test("commands are quoted for the shell, and the authority is named only where it signed", () => {
  const thing = { host: "a.test", scheme: "https", port: 8443, path: "/it's", kind: "http" } as const;
  assert.equal(
    renderThingToTry(thing, "weir", "/home/some body/ca.crt"),
    "curl --cacert '/home/some body/ca.crt' --resolve a.test:8443:127.0.0.1 'https://a.test:8443/it'\\''s'",
  );
  assert.equal(
    renderThingToTry({ ...thing, scheme: "http", path: "/" }, "weir", "/ca.crt"),
    "curl --resolve a.test:8443:127.0.0.1 http://a.test:8443/",
  );
});
