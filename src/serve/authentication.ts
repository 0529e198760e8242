import type { IncomingHttpHeaders } from "node:http2";
import type { PeerCertificate } from "node:tls";
import type { ClaimedNode } from "./stream/variant.ts";

/** Where a connection comes from. */
export type Peer =
  | { readonly transport: "unix" }
  | {
      readonly transport: "tcp";
      readonly address: string;
      /** The client's certificate, where it presented one that a trusted authority signed. */
      readonly certificate: PeerCertificate | undefined;
    };

/** Who a stream belongs to. */
export interface ProxyIdentity {
  /** Which plan it receives. */
  readonly proxyClass: string;
  /** The authenticated name; without it the name that the client claims is shown. */
  readonly nodeId?: string;
}

export interface AuthenticationRefusal {
  readonly kind: "refused";
  /** Who it is could not be established, or it may not have a configuration. */
  readonly code: "unauthenticated" | "permissionDenied";
  /** Shown to the client and in logs; holds no secrets. */
  readonly message: string;
}

export type AuthenticationResult = { readonly kind: "accepted"; readonly proxy: ProxyIdentity } | AuthenticationRefusal;

/** Decides who may connect. Asked once for each stream when it starts, whatever it asks for. */
export type Authenticator = CredentialAuthenticator | LocalAuthenticator;

export interface CredentialAuthenticator {
  readonly kind: "credential";
  /** Looks at credentials only: a client certificate, a token. A rejected promise refuses the stream. */
  authenticate(headers: IncomingHttpHeaders, peer: Peer): AuthenticationResult | Promise<AuthenticationResult>;
}

/** For a Unix socket that only the user of this process can open. There, and only there, what a client says about itself counts. */
export interface LocalAuthenticator {
  readonly kind: "local";
  identify(node: ClaimedNode): AuthenticationResult;
}

/** Whoever can open the socket is trusted and receives the plan named by its `node.cluster`. */
export const localAuthenticator: LocalAuthenticator = {
  kind: "local",
  identify: (node) =>
    node.cluster === ""
      ? {
          kind: "refused",
          code: "permissionDenied",
          message: "node.cluster is empty; it names the configuration to serve",
        }
      : { kind: "accepted", proxy: { proxyClass: node.cluster, nodeId: node.id } },
};
