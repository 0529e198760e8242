import type { Service, ServicePort } from "../model/backend.ts";
import type { BackendVariant } from "./backend-key.ts";

export type ProtocolChoice =
  | { readonly kind: "ok"; readonly variant: BackendVariant; readonly websocket: boolean }
  | { readonly kind: "unsupported"; readonly reason: string };

/**
 * What a Service port asks to be spoken to in (appProtocol; GEP-1911 for the `kubernetes.io/` names). TLS to a backend needs a name to
 * verify: an external name has one, a Service inside the cluster does not, so asking for TLS there is refused rather than left unverified.
 * @param preferred what is spoken where the port says nothing, or only that it is TCP or HTTP.
 */
export function protocolOf(service: Service, port: ServicePort, preferred: "http1" | "h2c"): ProtocolChoice {
  if (service.unmetDemand !== undefined) return { kind: "unsupported", reason: service.unmetDemand };
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
        reason: `appProtocol ${port.appProtocol} asks for TLS, but nothing says which certificate to expect`,
      };
    default:
      return { kind: "ok", variant: preferred, websocket: true };
  }
}
