/**
 * Calls the echo method of `xds:///svc` whenever a line arrives on standard input, and prints the answer. Runs as a process of its own: the
 * library reads its bootstrap file once for a process.
 */
import { createInterface } from "node:readline";
import { Client, credentials } from "@grpc/grpc-js";
import { register } from "@grpc/grpc-js-xds";
import { echoMethod } from "./grpc-service.ts";

register();
const client = new Client("xds:///svc", credentials.createInsecure());
const plain = (bytes: Buffer): Buffer => bytes;

createInterface(process.stdin)
  .on("line", () => {
    const deadline = Date.now() + 10_000;
    client.makeUnaryRequest(echoMethod, plain, plain, Buffer.from("hi"), { deadline }, (error, reply) => {
      process.stdout.write(`${error === null ? String(reply) : `error ${error.code}: ${error.details}`}\n`);
    });
  })
  .on("close", () => process.exit(0));
