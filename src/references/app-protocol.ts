import type { Service, ServicePort } from "../model/backend.ts";
import type { BackendVariant } from "./backend-key.ts";

export type ProtocolChoice =
  | {
      readonly kind: "ok";
      readonly variant: BackendVariant;
      readonly websocket: boolean;
      /** Name of the BackendTLSPolicy that the port is spoken to by. */
      readonly policy?: string;
    }
  /** `because` tells whether the port's protocol is at fault or a policy that cannot be followed. */
  | { readonly kind: "unsupported"; readonly because: "protocol" | "policy"; readonly reason: string };

/**
 * What a Service port asks to be spoken to in (appProtocol; GEP-1911 for the `kubernetes.io/` names). TLS to a backend needs a name to
 * verify: an external name has one and a BackendTLSPolicy gives one; for other Services asking for TLS is refused rather than left unverified.
 * @param preferred what is spoken where the port says nothing, or only that it is TCP or HTTP.
 */
export function protocolOf(service: Service, port: ServicePort, preferred: "http1" | "h2c"): ProtocolChoice {
  const { tls } = port;
  if (tls?.kind === "unusable") return { kind: "unsupported", because: "policy", reason: tls.reason };
  const wished = wishedProtocol(service, port, preferred);
  if (tls === undefined) return wished;
  const variant = wished.kind === "ok" && wished.variant === "h2c" ? "tls-h2" : "tls-http1";
  return { kind: "ok", variant, websocket: variant === "tls-http1", policy: tls.name };
}

function wishedProtocol(service: Service, port: ServicePort, preferred: "http1" | "h2c"): ProtocolChoice {
  switch (port.appProtocol) {
    case "kubernetes.io/h2c":
    case "h2c":
    case "http2":
    case "grpc":
      return { kind: "ok", variant: "h2c", websocket: false };
    case "kubernetes.io/ws":
    case "ws":
      return { kind: "ok", variant: "http1", websocket: true };
    case "kubernetes.io/wss":
    case "wss":
    case "https":
      if (service.kind === "external-name") return { kind: "ok", variant: "tls-http1", websocket: true };
      return {
        kind: "unsupported",
        because: "protocol",
        reason: `appProtocol ${port.appProtocol} asks for TLS, but nothing says which certificate to expect`,
      };
    default:
      return { kind: "ok", variant: preferred, websocket: true };
  }
}
