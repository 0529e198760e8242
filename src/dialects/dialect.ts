import type { Collection, Group } from "../incremental/collection.ts";
import type { Graph } from "../incremental/graph.ts";
import type { Backend, EndpointSet, Service } from "../model/backend.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ClientAddressRule, EdgeOptions, Gateway, Listener, TlsCertificate } from "../model/gateway.ts";
import type { Grant } from "../model/grant.ts";
import type { Policy } from "../model/policy.ts";
import type { ProxyRequest } from "../model/proxy-request.ts";
import type { Rule } from "../model/rule.ts";
import type { GroupKind, SourceObject } from "../model/source-object.ts";
import type { StatusReport } from "../model/status.ts";
import type { StreamRule } from "../model/stream-rule.ts";
import type { TrustBundle } from "../model/trust-bundle.ts";
import type { Authority } from "./core/authorities.ts";
import type { BackendTlsPolicy } from "./core/backend-tls.ts";

/** What every dialect may read: the objects, and what the core kinds mean. */
export interface DialectInputs {
  readonly graph: Graph;
  /** Admitted objects of one kind, by `objectKey`. */
  readonly objects: (kind: GroupKind) => Collection<SourceObject>;
  /**
   * Objects of one kind that admission refused, by `objectKey`. Only what protects something looks at them: a policy with a mistake in it must not
   * leave its targets open.
   */
  readonly refused?: (kind: GroupKind) => Collection<SourceObject>;
  readonly core: CoreCollections;
  readonly options: DialectOptions;
}

/** What the core kinds (Service, EndpointSlice, Secret, Namespace, ConfigMap, ReferenceGrant) mean, made once for all dialects. */
export interface CoreCollections {
  /** By `<ns>/<name>`. */
  readonly services: Collection<Service>;
  /** Endpoints by `<ns>/<service>/<port>`. */
  readonly endpointSets: Collection<EndpointSet>;
  /** Usable certificates by `<ns>/<name>` of the Secret: parsed, key fits. */
  readonly certificates: Collection<TlsCertificate>;
  /** Why a Secret is no usable certificate, by `<ns>/<name>`; never contains secret values. */
  readonly brokenCertificates: Collection<string>;
  /** Data of ConfigMaps by `<ns>/<name>`. */
  readonly configMaps: Collection<Readonly<Record<string, string>>>;
  /** Labels by namespace. */
  readonly namespaces: Collection<Readonly<Record<string, string>>>;
  /** Grants by the namespace they are in. */
  readonly grants: Group<Grant>;
  /** Certificate authorities by `<Kind>/<ns>/<name>` of the ConfigMap or Secret that holds them; see `findAuthority`. */
  readonly authorities: Collection<Authority>;
  /** By `<ns>/<name>`. */
  readonly backendTlsPolicies: Collection<BackendTlsPolicy>;
  /** By `<ns>/<name>` of the service, the one that takes precedence first. */
  readonly backendTlsByService: Group<BackendTlsPolicy>;
}

export interface DialectOptions {
  /** Which proxies run a gateway: one class for all on a single machine, one for each gateway in a cluster. */
  readonly proxyClassOf: (gateway: string) => string;
  /** Ports that clients use in place of the written ones, e.g. 80 → 8080 where low ports need privilege. */
  readonly portMap: ReadonlyMap<number, number>;
  /** What proxies answer themselves, by port: listeners cannot have these. None where proxies are not made by Weir. */
  readonly reservedPorts?: ReadonlyMap<number, string>;
  /** How gateways find the address of the client where they do not say themselves; direct by default. */
  readonly clientAddress?: ClientAddressRule;
  /** What all gateways share; `escapedSlashes` is undefined where each dialect keeps its own default. */
  readonly edge?: Omit<EdgeOptions, "escapedSlashes"> & {
    readonly escapedSlashes: EdgeOptions["escapedSlashes"] | undefined;
  };
  readonly gatewayController: string;
  readonly ingressController: string;
  readonly ingress: IngressOptions;
}

export interface IngressOptions {
  /** The gateway (`namespace/name`) that serves Ingresses whose class names none. */
  readonly defaultGateway: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** What class-less Ingresses get when no class is marked as default: served or ignored. */
  readonly classless: "serve" | "ignore";
  /** Whether HTTP requests to hosts with TLS are redirected to HTTPS. */
  readonly redirectToHttps: boolean;
  /** `<ns>/<name>` of the Secret that serves hosts without a certificate of their own. */
  readonly defaultCertificate?: string;
  /** `<ns>/<name>` and port of the Service that answers what no rule matches. */
  readonly defaultBackend?: { readonly service: string; readonly port: number | string };
}

/** A dialect turns objects into model nodes. It never throws on user input and never mutates. */
export interface Dialect {
  /** The name of its folder. */
  readonly name: string;
  /** Every kind it reads, the core ones aside. */
  readonly kinds: readonly GroupKind[];
  translate(inputs: DialectInputs): DialectOutputs;
}

/** Keys are unique across dialects by construction: they begin with the kind or are the names the model prescribes. */
export interface DialectOutputs {
  readonly gateways?: Collection<Gateway>;
  readonly listeners?: Collection<Listener>;
  readonly rules?: Collection<Rule>;
  readonly streamRules?: Collection<StreamRule>;
  /** By backend key; two dialects that make the same backend make it equal. */
  readonly backends?: Collection<Backend>;
  readonly policies?: Collection<Policy>;
  readonly trustBundles?: Collection<TrustBundle>;
  /** By the key of the gateway: what its proxies are to be like, where the platform makes them. */
  readonly proxies?: Collection<ProxyRequest>;
  /** By `objectKey`; the value replaces what was said about that object before. */
  readonly diagnostics: Collection<readonly Diagnostic[]>;
  /** By `objectKey`. */
  readonly status?: Collection<StatusReport>;
}
