import type { KindDefinition } from "../../src/admission/kind-definition.ts";
import { kindDefinitions } from "../../src/admission/kinds.ts";
import { fieldTable } from "./fields.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** What Weir does with a kind, and what it tells in its status; in the order of the page. */
interface Use {
  readonly kind: string;
  readonly reads: string;
  /** Empty where Weir writes none. */
  readonly status: string;
  readonly page: readonly [title: string, file: string];
}

const gatewayApi = ["Gateway API", "gateway-api.md"] as const;
const ingress = ["Ingress", "ingress.md"] as const;
const core = ["core kinds", "core.md"] as const;
const accessPolicy = ["access policies", "access-policy.md"] as const;
const proxyClass = ["ProxyClass", "proxy-class.md"] as const;

const uses: readonly Use[] = [
  {
    kind: "GatewayClass",
    reads: "Which Gateways are served, and the ProxyClass that their proxies have in common.",
    status: "`Accepted`, `SupportedVersion`, `supportedFeatures`",
    page: gatewayApi,
  },
  {
    kind: "Gateway",
    reads: "Ports, hosts and certificates; in a cluster each has proxies of its own.",
    status:
      "`Accepted`, `Programmed`, `ResolvedRefs`, `addresses`, attached ListenerSets; for each listener these conditions, `Conflicted` and the number of attached routes",
    page: gatewayApi,
  },
  {
    kind: "ListenerSet",
    reads: "Further listeners of a Gateway that allows them.",
    status: "as a Gateway's, without addresses",
    page: gatewayApi,
  },
  {
    kind: "HTTPRoute",
    reads: "What happens to HTTP requests.",
    status: "for each parent `Accepted`, `ResolvedRefs`, `PartiallyInvalid`",
    page: gatewayApi,
  },
  { kind: "GRPCRoute", reads: "What happens to gRPC calls.", status: "as an HTTPRoute's", page: gatewayApi },
  {
    kind: "TLSRoute",
    reads: "Where TLS connections go, by server name; passed through, or decrypted by the listener.",
    status: "for each parent `Accepted`, `ResolvedRefs`",
    page: gatewayApi,
  },
  { kind: "TCPRoute", reads: "Where TCP connections go.", status: "as a TLSRoute's", page: gatewayApi },
  { kind: "UDPRoute", reads: "Where datagrams go.", status: "as a TLSRoute's", page: gatewayApi },
  {
    kind: "BackendTLSPolicy",
    reads: "How TLS is spoken to a Service, and whom it must be.",
    status: "for each Gateway `Accepted`, `ResolvedRefs`",
    page: gatewayApi,
  },
  {
    kind: "ReferenceGrant",
    reads: "Which references from other namespaces are permitted.",
    status: "",
    page: gatewayApi,
  },
  {
    kind: "Ingress",
    reads: "Hosts, paths and certificates, all parts of the specification.",
    status: "`loadBalancer`: where it is reached, in a cluster",
    page: ingress,
  },
  { kind: "IngressClass", reads: "Which Ingresses are served, and on which Gateway.", status: "", page: ingress },
  { kind: "AccessPolicy", reads: "Who may send requests.", status: "for each target `Accepted`", page: accessPolicy },
  { kind: "ProxyClass", reads: "How the proxies of a Gateway are run.", status: "", page: proxyClass },
  { kind: "Service", reads: "What backends are called, their ports and protocols.", status: "", page: core },
  { kind: "EndpointSlice", reads: "The addresses behind a Service.", status: "", page: core },
  { kind: "Secret", reads: "Certificates and authorities, where something names them.", status: "", page: core },
  { kind: "ConfigMap", reads: "Authorities, where something names them.", status: "", page: core },
  { kind: "Namespace", reads: "Labels, for selectors of listeners.", status: "", page: core },
];

/** docs/reference/resources.md. Throws where a kind is not described, or none has that name. */
export function resourcesPage(): string {
  const described = uses.map((use) => ({ use, definition: definitionNamed(use.kind) }));
  const missing = kindDefinitions.filter(({ kind }) => !uses.some((use) => use.kind === kind));
  if (missing.length > 0) {
    throw new Error(
      `say in scripts/reference-docs/resources.ts what ${missing.map(({ kind }) => kind).join(", ")} is for`,
    );
  }
  const overview = table(
    ["kind", "version", "names", "what Weir reads in it", "what its status says", "more"],
    described.map(({ use: { kind, reads, status, page }, definition }) => [
      code(kind),
      definition.versions.map((version) => code(apiVersion(definition, version))).join(", "),
      [definition.plural, ...definition.shortNames].map(code).join(", "),
      reads,
      status,
      `[${page[0]}](${page[1]})`,
    ]),
  );
  const own = described.filter(({ definition }) => definition.group === "weir.dev");
  const sections = own.map(
    ({ definition }) =>
      `## Fields of ${definition.kind}\n\n${definition.schema.description ?? ""}\n\n${fieldTable(definition.schema)}`,
  );
  return `${generatedNote}

# Resources

Every kind that Weir reads, in the versions that it understands. GatewayClass and IngressClass have no namespace, and neither has
Namespace; all others do. In a cluster Weir reads a kind as soon as its definition is there, and Secrets and ConfigMaps only where
something names them.

${overview}

Weir never changes what you wrote: it writes statuses, and in a cluster the objects it makes for a Gateway (labelled
${code("app.kubernetes.io/managed-by: weir")}). An entry that another controller wrote into a status stays as it is.

${sections.join("\n\n")}
`;
}

function definitionNamed(kind: string): KindDefinition {
  const found = kindDefinitions.find((definition) => definition.kind === kind);
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found;
}

function apiVersion({ group }: KindDefinition, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}
