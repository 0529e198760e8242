import type { Seen } from "./backend.ts";

/** What the proxy did with a request, from all who know: the client, the access log, the backend. */
export type Reality =
  | { readonly kind: "closed" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | undefined;
      /** Envoy's route name; undefined where no route was found. */
      readonly route: string | undefined;
      readonly cluster: string | undefined;
      readonly endpoint: string | undefined;
      /** Envoy's reason for the answer. */
      readonly details: string | undefined;
      readonly client: string | undefined;
      /** Undefined where no backend answered. */
      readonly seen: Seen | undefined;
    };

/** What it did with a connection that it does not read, or a datagram. */
export type ConnectionReality =
  /** It was closed, or dropped. */
  | { readonly kind: "nothing" }
  /** The proxy read it as HTTP and had a backend answer. */
  | { readonly kind: "read" }
  | {
      readonly kind: "request";
      readonly rule: string | undefined;
      readonly cluster: string | undefined;
      readonly seen: Seen;
      /** The fingerprint of the certificate that the client was shown; undefined without TLS. */
      readonly certificate: string | undefined;
    }
  | { readonly kind: "datagram"; readonly endpoint: string };
