import type { TestContext } from "node:test";
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";

/** A method that answers every request with the name of its server; messages are plain bytes. */
export const echoMethod = "/weir.test.Echo/Say";

const plain = (bytes: Buffer): Buffer => bytes;

const service: ServiceDefinition = {
  Say: {
    path: echoMethod,
    requestStream: false,
    responseStream: false,
    requestSerialize: plain,
    requestDeserialize: plain,
    responseSerialize: plain,
    responseDeserialize: plain,
  },
};

/** A gRPC server for the length of a test; gives its port. */
export async function echoServer(t: TestContext, name: string): Promise<number> {
  const server = new Server();
  const implementation: UntypedServiceImplementation = {
    Say: (_call: unknown, answer: (error: null, reply: Buffer) => void) => answer(null, Buffer.from(name)),
  };
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  t.after(() => server.forceShutdown());
  return port;
}
