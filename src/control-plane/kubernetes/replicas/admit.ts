import type { ReplicaAuthenticator } from "../../../identity/replica-authenticator.ts";
import type { GrpcCall } from "../../../serve/grpc/call.ts";

/** Goes on with a call of another replica of this installation; ends that of anybody else. */
export function admit(call: GrpcCall, authenticate: ReplicaAuthenticator, proceed: () => void): void {
  void authenticate(call.headers).then(
    (caller) => {
      if (caller.kind === "refused") call.end({ code: caller.code, message: caller.message });
      else if (call.isOpen) proceed();
    },
    () => call.end({ code: "unauthenticated", message: "the credentials could not be checked" }),
  );
}
