import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { backend, gateway, listener, originOf, rule } from "../../src/compile/testing/nodes.ts";
import { realEnvoy } from "../../src/dataplane/testing/real-envoy.ts";
import { envoyRegistry } from "../../src/envoy/registry.ts";
import { toConfigDump } from "../../src/xds/config-dump.ts";
import { encodedWorld } from "../../src/xds/testing/encoded-world.ts";
import { staticBootstrap } from "../../src/xds/testing/static-bootstrap.ts";
import { hostileBackend, hostileRule } from "./xds-hostile-input.ts";
import { refusalOf } from "./xds-validate.ts";

const origin = originOf("HTTPRoute", "shop/web");
const section = "shop/edge/http";

const RULES = 400;

describe("whatever a dialect lets through", () => {
  it("is nothing that Envoy refuses, and costs the others nothing", async (t) => {
    const envoy = await realEnvoy(t);
    if (envoy === undefined) return;
    const registry = await envoyRegistry();
    const seed = Number(process.env.WEIR_SEED ?? 7);
    const inputs = fc.sample(fc.tuple(hostileRule, hostileBackend), { numRuns: RULES, seed });
    const { encoded } = encodedWorld({
      gateways: [gateway("shop/edge")],
      listeners: [listener(section, 8080, "*", { address: "127.0.0.1" })],
      backends: [
        backend("service/shop/web/80"),
        ...inputs.map(([, more], index) => backend(`service/shop/b${index}/80`, more)),
      ],
      rules: inputs.flatMap(([options], index) => [
        rule(`httproute/shop/r${index}/0/0`, [{ listener: section, hosts: [`h${index}.example.com`] }], options),
        rule(`httproute/shop/s${index}/0/0`, [{ listener: section, hosts: [`h${index}.example.com`] }], {
          end: {
            kind: "forward",
            upgrades: [],
            backends: [
              { weight: 1, target: { kind: "backend", backend: `service/shop/b${index}/80` }, steps: [], origin },
            ],
          },
        }),
      ]),
    });
    const dump = toConfigDump(encoded.planSource, "edge", registry) ?? [];
    const bootstrap = staticBootstrap(dump);
    assert.equal(await refusalOf(envoy.path, bootstrap), undefined, `seed ${seed}`);
    const table = JSON.stringify(dump.find(({ type }) => type === "route")?.resource);
    for (let index = 0; index < RULES; index++)
      assert.ok(table.includes(`httproute/shop/s${index}/0/0`), `rule s${index}`);
    const diagnosed = [...encoded.diagnostics.entries()].flatMap(([, list]) => list.map(({ object }) => object?.name));
    const unharmed = inputs.filter((_, index) => {
      const key = `httproute/shop/r${index}/0/0`;
      return table.includes(`"${key}"`) && !diagnosed.includes(`r${index}`);
    });
    // The others would prove nothing if hardly any of the hostile rules were served as they are.
    assert.ok(unharmed.length > RULES / 5, `only ${unharmed.length} of ${RULES} rules are served as they are`);
    const harmed = inputs.filter((_, index) => diagnosed.includes(`r${index}`));
    assert.ok(harmed.length > RULES / 5, `only ${harmed.length} of ${RULES} rules have anything wrong`);
  });
});
