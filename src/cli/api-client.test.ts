import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { test } from "node:test";
import { type ApiClient, ApiError, createApiClient } from "./api-client.ts";
import { CliError } from "./cli-error.ts";

async function withServer(answer: RequestListener, use: (client: ApiClient) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  try {
    await use(createApiClient({ url: `http://127.0.0.1:${address.port}`, token: "secret" }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("the token, the query and the body are sent", async () => {
  await withServer(
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { authorization, "content-type": type } = request.headers;
        const body = Buffer.concat(chunks).toString();
        response.end(JSON.stringify({ authorization, type, url: request.url, body, method: request.method }));
      });
    },
    async (client) => {
      const sent = { method: "PATCH", path: "/a%2Fb", query: { x: "1 2", y: undefined }, body: { k: "ü" } } as const;
      assert.deepEqual(await client.send({ ...sent, contentType: "application/merge-patch+json" }), {
        authorization: "Bearer secret",
        type: "application/merge-patch+json",
        url: "/a%2Fb?x=1+2",
        body: '{"k":"ü"}',
        method: "PATCH",
      });
    },
  );
});

test("a Status becomes an error with its reason and message", async () => {
  await withServer(
    (_, response) =>
      response.writeHead(409).end(JSON.stringify({ code: 409, reason: "Conflict", message: "changed meanwhile" })),
    async (client) => {
      await assert.rejects(client.send({ method: "GET", path: "/" }), (error) => {
        assert.ok(error instanceof ApiError);
        assert.deepEqual([error.status, error.reason, error.message], [409, "Conflict", "changed meanwhile"]);
        return true;
      });
    },
  );
});

test("answers that are no JSON are errors in words", async () => {
  await withServer(
    (request, response) => response.writeHead(request.url === "/bad" ? 502 : 200).end("<html>"),
    async (client) => {
      await assert.rejects(client.send({ method: "GET", path: "/bad" }), /the API answered with HTTP status 502/);
      await assert.rejects(client.send({ method: "GET", path: "/" }), /something that is not JSON/);
    },
  );
});

test("a watch gives events as they come, also ones that arrive in pieces, and ends when it is told to", async () => {
  await withServer(
    (_, response) => {
      response.write('{"type":"ADDED","object":{"n":1}}\n{"type":"MODI');
      setImmediate(() => response.write('FIED","object":{"n":"ü"}}\n'));
    },
    async (client) => {
      const stop = new AbortController();
      const seen: unknown[] = [];
      for await (const event of client.watch({ method: "GET", path: "/" }, stop.signal)) {
        seen.push(event);
        if (seen.length === 2) stop.abort();
      }
      assert.deepEqual(seen, [
        { type: "ADDED", object: { n: 1 } },
        { type: "MODIFIED", object: { n: "ü" } },
      ]);
    },
  );
});

test("a server that hangs up is not reachable, and says why", async () => {
  await withServer(
    (request) => request.socket.destroy(),
    async (client) => {
      await assert.rejects(client.send({ method: "GET", path: "/" }), (error) => {
        assert.ok(error instanceof CliError);
        assert.equal(error.exitCode, 3);
        assert.match(error.message, /cannot talk to Weir at http:/);
        return true;
      });
    },
  );
});
