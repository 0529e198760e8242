import { Agent, request } from "node:http";
import { BenchApi } from "./api.ts";

/** Weir's own HTTP API, over kept connections. */
export function localApi(url: URL, token: string): BenchApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const base = { host: url.hostname, port: Number(url.port), agent };
  return new BenchApi(
    (method, path, body) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const headers = {
        authorization: `Bearer ${token}`,
        ...(text === undefined ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) }),
      };
      return new Promise((resolve, reject) => {
        const sent = request({ ...base, method, path, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
          response.on("error", reject);
        });
        sent.on("error", reject);
        sent.end(text);
      });
    },
    async () => agent.destroy(),
  );
}
