import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { TLSSocket } from "node:tls";
import { ensureDevelopmentCa } from "../identity/development-ca.ts";
import { issueServerCertificate } from "../identity/server-certificate.ts";
import { type Credentials, loadCredentials } from "./credentials.ts";
import { createHttpsClient } from "./https-client.ts";
import { openKubernetesClient } from "./open-client.ts";

const now = new Date();

interface Subject {
  readonly directory: string;
  readonly url: string;
  /** Answers requests; to be set by the test. */
  readonly on: (answer: (request: IncomingMessage, response: ServerResponse) => void) => void;
  /** Writes a kubeconfig whose user is this, and returns its path. */
  readonly kubeconfig: (user: object) => Promise<string>;
  readonly certificate: { readonly certificate: string; readonly key: string };
}

/** A TLS server that asks for client certificates, of an authority that only the kubeconfig names. */
async function serving(test: (subject: Subject) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "weir-client-"));
  const ca = await ensureDevelopmentCa(join(directory, "ca"), now);
  const issued = await issueServerCertificate(ca, ["127.0.0.1", "localhost"], now);
  const certificate = { certificate: issued.certificate, key: issued.privateKey.reveal() };
  const tls = { cert: certificate.certificate, key: certificate.key, ca: ca.certificate };
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false });
  let answer = (_request: IncomingMessage, response: ServerResponse): void => void response.end("{}");
  server.on("request", (request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${portOf(server)}`;
  try {
    await test({
      directory,
      url,
      certificate,
      on: (next) => {
        answer = next;
      },
      kubeconfig: async (user) => {
        const path = join(directory, "kubeconfig");
        const cluster = { server: url, "certificate-authority-data": Buffer.from(ca.certificate).toString("base64") };
        const config = {
          "current-context": "test",
          clusters: [{ name: "test", cluster }],
          users: [{ name: "test", user }],
          contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "shop" } }],
        };
        await writeFile(path, JSON.stringify(config));
        return path;
      },
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Answers with who the client is, by its token and its certificate. */
function sayWho(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.serialNumber : undefined;
  const { authorization = "none" } = request.headers;
  response.end(JSON.stringify({ authorization, certificate: certificate ?? "none" }));
}

describe("who the client is", () => {
  it("shows a token, and knows where it is", () =>
    serving(async ({ on, kubeconfig, url }) => {
      on(sayWho);
      const path = await kubeconfig({ token: "one" });
      const { client, server, namespace } = await openKubernetesClient({ kind: "file", path }, "weir/test");
      assert.deepEqual([server, namespace], [url, "shop"]);
      const { body } = await client.request({ method: "GET", path: "/version" });
      assert.deepEqual(body, { authorization: "Bearer one", certificate: "none" });
      await client.close();
    }));

  it("shows a certificate", () =>
    serving(async ({ on, kubeconfig, certificate }) => {
      on(sayWho);
      const path = await kubeconfig({
        "client-certificate-data": Buffer.from(certificate.certificate).toString("base64"),
        "client-key-data": Buffer.from(certificate.key).toString("base64"),
      });
      const { client } = await openKubernetesClient({ kind: "file", path }, "weir/test");
      const { body } = await client.request({ method: "GET", path: "/version" });
      assert.deepEqual(body, {
        authorization: "none",
        certificate: new X509Certificate(certificate.certificate).serialNumber,
      });
      await client.close();
    }));

  it("asks a plugin", () =>
    serving(async ({ on, kubeconfig }) => {
      on(sayWho);
      const answer = {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        status: { token: "two" },
      };
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1",
        command: process.execPath,
        args: ["-e", `console.log(${JSON.stringify(JSON.stringify(answer))})`],
        interactiveMode: "Never",
      };
      const path = await kubeconfig({ exec });
      const { client } = await openKubernetesClient({ kind: "file", path }, "weir/test");
      const { body } = await client.request({ method: "GET", path: "/version" });
      assert.deepEqual(body, { authorization: "Bearer two", certificate: "none" });
      await client.close();
    }));

  it("reads the kubeconfig again where the server refuses what it said before", () =>
    serving(async ({ on, kubeconfig }) => {
      const path = await kubeconfig({ token: "old" });
      const { client } = await openKubernetesClient({ kind: "file", path }, "weir/test");
      await kubeconfig({ token: "new" });
      const seen: (string | undefined)[] = [];
      on((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(request.headers.authorization === "Bearer new" ? 200 : 401).end("{}");
      });
      const { status } = await client.request({ method: "GET", path: "/version" });
      assert.equal(status, 200);
      assert.deepEqual(seen, ["Bearer old", "Bearer new"]);
      await client.close();
    }));

  it("says that a context does not exist", () =>
    serving(async ({ kubeconfig }) => {
      const path = await kubeconfig({ token: "one" });
      await assert.rejects(loadCredentials({ kind: "file", path, context: "other" }), {
        message: 'there is no context "other"',
      });
    }));

  it("trusts no server but the one of the kubeconfig's authority", () =>
    serving(async ({ url }) => {
      const credentials: Credentials = {
        server: url,
        namespace: "default",
        hasProxy: false,
        options: async () => ({ headers: {} }),
      };
      const client = createHttpsClient({ credentials, userAgent: "weir/test" });
      await assert.rejects(client.request({ method: "GET", path: "/version" }), /certificate/);
      await client.close();
    }));
});

describe("requests and streams", () => {
  async function withClient(
    subject: Subject,
    options: { readonly timeoutMs?: number },
    test: (client: ReturnType<typeof createHttpsClient>) => Promise<void>,
  ): Promise<void> {
    const path = await subject.kubeconfig({ token: "one" });
    const credentials = await loadCredentials({ kind: "file", path });
    const client = createHttpsClient({ credentials, userAgent: "weir/test", ...options });
    try {
      await test(client);
    } finally {
      await client.close();
    }
  }

  it("sends what it is given and hands back what came, whatever the status", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        let seen = "";
        subject.on((request, response) => {
          seen = `${request.method} ${request.url} ${request.headers["content-type"]} ${request.headers["user-agent"]}`;
          response.writeHead(409, { "retry-after": "3" });
          request.pipe(response);
        });
        const answer = await client.request({
          method: "PATCH",
          path: "/api/v1/namespaces/shop/services/web/status",
          query: { fieldManager: "weir & co" },
          body: { status: { text: "grün" } },
          contentType: "application/merge-patch+json",
        });
        assert.deepEqual(answer, { status: 409, body: { status: { text: "grün" } }, retryAfterMs: 3000 });
        const query = "fieldManager=weir+%26+co";
        const path = `/api/v1/namespaces/shop/services/web/status?${query}`;
        assert.equal(seen, `PATCH ${path} application/merge-patch+json weir/test`);
      }),
    ));

  it("hands back text that is no JSON, and null for nothing", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        subject.on((request, response) => response.end(request.url === "/text" ? "ok" : ""));
        assert.equal((await client.request({ method: "GET", path: "/text" })).body, "ok");
        assert.equal((await client.request({ method: "GET", path: "/nothing" })).body, null);
      }),
    ));

  it("uses a connection again, and reads once more where the server closed it meanwhile", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        const ports: (number | undefined)[] = [];
        subject.on((request, response) => {
          ports.push(request.socket.remotePort);
          if (ports.length === 3) request.socket.destroy();
          else response.end("{}");
        });
        for (let times = 0; times < 3; times++) await client.request({ method: "GET", path: "/version" });
        assert.equal(ports.length, 4);
        assert.deepEqual(ports.slice(0, 3), [ports[0], ports[0], ports[0]]);
        assert.notEqual(ports[3], ports[0]);
      }),
    ));

  it("does not write twice", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        let requests = 0;
        subject.on((request, response) => {
          requests++;
          if (requests === 1) response.end("{}");
          else request.socket.destroy();
        });
        await client.request({ method: "GET", path: "/version" });
        await assert.rejects(client.request({ method: "POST", path: "/api/v1/namespaces", body: {} }));
        assert.equal(requests, 2);
      }),
    ));

  it("gives up on an answer that does not come, and on the beginning of a stream", () =>
    serving((subject) =>
      withClient(subject, { timeoutMs: 20 }, async (client) => {
        subject.on(() => {});
        await assert.rejects(client.request({ method: "GET", path: "/version" }), { name: "TimeoutError" });
        await assert.rejects(client.stream({ method: "GET", path: "/version" }), {
          message: "no answer within 0.02 s",
        });
      }),
    ));

  it("keeps a stream open for longer than it would wait for its beginning", () =>
    serving((subject) =>
      withClient(subject, { timeoutMs: 50 }, async (client) => {
        subject.on((_request, response) => {
          response.write("1\n");
          setTimeout(() => response.end("2\n"), 120);
        });
        const { lines } = await client.stream({ method: "GET", path: "/watch" });
        assert.deepEqual(await Readable.from(lines).toArray(), [1, 2]);
      }),
    ));

  it("ends a stream when it is aborted, with the reason, and when nobody reads on", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        const closed: (() => void)[] = [];
        const closing = (): Promise<void> => new Promise((resolve) => closed.push(resolve));
        subject.on((_request, response) => {
          response.write("1\n");
          response.on("close", () => closed.shift()?.());
        });
        const aborting = new AbortController();
        const first = closing();
        const { lines } = await client.stream({ method: "GET", path: "/watch", signal: aborting.signal });
        await assert.rejects(
          async () => {
            for await (const _line of lines) aborting.abort(new Error("enough"));
          },
          { message: "enough" },
        );
        await first;
        const second = closing();
        const other = await client.stream({ method: "GET", path: "/watch" });
        for await (const line of other.lines) if (line === 1) break;
        await second;
      }),
    ));

  it("throws for a line that broke off, without saying what was in it", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        subject.on((_request, response) => response.end('{"data":{"password":"c2Vj'));
        const { lines } = await client.stream({ method: "GET", path: "/watch" });
        await assert.rejects(Readable.from(lines).toArray(), {
          message: "a line of 25 bytes is not JSON, or broke off",
        });
      }),
    ));

  it("gives the whole body of a stream that was refused", () =>
    serving((subject) =>
      withClient(subject, {}, async (client) => {
        subject.on((_request, response) => response.writeHead(403).end('{\n  "message": "no"\n}\n'));
        const { status, lines } = await client.stream({ method: "GET", path: "/watch" });
        assert.equal(status, 403);
        assert.deepEqual(await Readable.from(lines).toArray(), [{ message: "no" }]);
      }),
    ));
});
