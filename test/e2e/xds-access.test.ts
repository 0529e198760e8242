import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import type { AuthorizeStep } from "../../src/model/step.ts";
import type { Ask } from "./xds-live-proxy.ts";
import { access, served, who } from "./xds-policy-rig.ts";

describe("access rules on real Envoy", () => {
  it("denies first, then lets pass who is allowed, on forwarding, redirecting and answering rules alike", async (t) => {
    const inside = access({ allow: [who({ clientAddresses: ["127.0.0.0/8"] })] });
    const live = await served(t, {
      rules: {
        open: {},
        inside: { steps: [inside] },
        outside: { steps: [access({ allow: [who({ clientAddresses: ["10.0.0.0/8", "2001:db8::/32"] })] })] },
        mixed: {
          steps: [
            access({
              deny: [who({ clientAddresses: ["127.0.0.9"] }), who({ methods: ["DELETE"], pathPrefixes: ["/mixed/a"] })],
              allow: [
                who({ clientAddresses: ["127.0.0.0/24"], methods: ["GET", "DELETE"] }),
                who({ headers: [{ name: "x-key", value: { kind: "exact", value: "k" } }] }),
              ],
            }),
          ],
        },
        two: {
          steps: [inside, access({ instance: "b", deny: [who({ methods: ["POST"] })] } as Partial<AuthorizeStep>)],
        },
        redirect: {
          steps: [access({ deny: [who({})] })],
          end: { kind: "redirect", status: 302, host: "b.example.com" },
        },
        answer: { steps: [access({ deny: [who({})] })], end: { kind: "respond", status: 200 } },
      },
    });
    if (live === undefined) return;
    const { status } = live;
    assert.equal(await status("/open"), 200);
    assert.equal(await status("/inside"), 200);
    assert.equal(await status("/outside"), 403);
    assert.equal(await status("/mixed"), 200);
    assert.equal(await status("/mixed", { from: "127.0.0.9" }), 403);
    assert.equal(await status("/mixed", { from: "127.0.0.9", headers: { "x-key": "k" } }), 403);
    assert.equal(await status("/mixed", { from: "127.0.1.1" }), 403);
    assert.equal(await status("/mixed", { from: "127.0.1.1", headers: { "x-key": "k" } }), 200);
    assert.equal(await status("/mixed", { method: "POST" }), 403);
    assert.equal(await status("/mixed/ab", { method: "DELETE" }), 200);
    assert.equal(await status("/mixed/a", { method: "DELETE" }), 403);
    assert.equal(await status("/mixed/a/b?x", { method: "DELETE" }), 403);
    assert.equal(await status("/mixed/./a", { method: "DELETE" }), 403);
    assert.equal(await status("/two"), 200);
    assert.equal(await status("/two", { method: "POST" }), 403);
    assert.equal(await status("/redirect"), 403);
    assert.equal(await status("/answer"), 403);
  });

  it("sees the client where the gateway's rule says it is", async (t) => {
    const client = { steps: [access({ allow: [who({ clientAddresses: ["203.0.113.7"] })] })] };
    const forwarded = (value: string): Ask => ({ headers: { "x-forwarded-for": value } });
    const direct = await served(t, { rules: { client } });
    if (direct === undefined) return;
    assert.equal(await direct.status("/client", forwarded("203.0.113.7")), 403);
    const hops = await served(t, { rules: { client }, clientAddress: { kind: "trusted-hops", hops: 1 } });
    assert.equal(await hops?.status("/client", forwarded("203.0.113.7")), 200);
    assert.equal(await hops?.status("/client", forwarded("198.51.100.1, 203.0.113.7")), 200);
    assert.equal(await hops?.status("/client", forwarded("203.0.113.7, 198.51.100.1")), 403);
    assert.equal(await hops?.status("/client"), 403);
    const cidrs = await served(t, {
      rules: { client },
      clientAddress: { kind: "trusted-cidrs", cidrs: ["127.0.0.0/30", "198.51.100.0/24"] },
    });
    assert.equal(await cidrs?.status("/client", forwarded("203.0.113.7")), 200);
    assert.equal(await cidrs?.status("/client", forwarded("203.0.113.7, 198.51.100.1")), 200);
    assert.equal(await cidrs?.status("/client", forwarded("203.0.113.7, 192.0.2.1")), 403);
    assert.equal(await cidrs?.status("/client", { ...forwarded("203.0.113.7"), from: "127.0.0.9" }), 403);
  });

  it("takes the address from the PROXY protocol, and nothing without it", async (t) => {
    const live = await served(t, {
      rules: { client: { steps: [access({ allow: [who({ clientAddresses: ["203.0.113.7"] })] })] } },
      clientAddress: { kind: "proxy-protocol" },
    });
    if (live === undefined) return;
    const raw = async (text: string) => {
      const socket = connect(live.port, "127.0.0.1");
      socket.write(text);
      let answer = "";
      socket.on("data", (data: Buffer) => {
        answer += data.toString();
      });
      // A connection that is refused may end with a reset.
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.on("close", resolve));
      return answer.split("\r\n", 1)[0];
    };
    const get = "GET /client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert.equal(await raw(`PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n${get}`), "HTTP/1.1 200 OK");
    assert.equal(await raw(`PROXY TCP4 203.0.113.8 127.0.0.1 1 2\r\n${get}`), "HTTP/1.1 403 Forbidden");
    assert.equal(await raw(get), "");
  });
});
