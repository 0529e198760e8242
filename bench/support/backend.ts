import { createServer } from "node:http";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { BackendAddress } from "./objects.ts";

/** What answers behind the proxy: "ok" and its own name, in a thread of its own so that it does not wait for the prober. */
export interface Backend extends BackendAddress {
  close(): Promise<void>;
}

export async function startBackend(name: string, address = "127.0.0.1"): Promise<Backend> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { name, address } });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { address, port, close: async () => void (await worker.terminate()) };
}

if (!isMainThread && parentPort !== null) {
  const messages = parentPort;
  const { name, address: host }: { readonly name: string; readonly address: string } = workerData;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, {
      "content-type": "text/plain",
      "content-length": 3,
      "x-backend": name,
      "x-seen": request.headers["x-flip"] ?? "",
    });
    response.end("ok\n");
  });
  server.keepAliveTimeout = 0;
  server.listen(0, host, () => {
    const address = server.address();
    messages.postMessage(typeof address === "object" ? address?.port : undefined);
  });
}
