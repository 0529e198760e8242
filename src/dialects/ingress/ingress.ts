import type { Collection } from "../../incremental/collection.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Gateway, Listener } from "../../model/gateway.ts";
import type { Provenance } from "../../model/provenance.ts";
import { defaultProxySettings, type ProxyRequest } from "../../model/proxy-request.ts";
import type { Rule } from "../../model/rule.ts";
import { refOf, type SourceObject } from "../../model/source-object.ts";
import type { Dialect, DialectInputs, DialectOptions, DialectOutputs } from "../dialect.ts";
import { clientAddressOf, clientPort, edgeOptionsOf } from "../gateway-defaults.ts";
import { gatewayKind, ingressKind } from "../route-kinds.ts";
import { forwardTo, unavailable } from "./backend.ts";
import { type Claim, type Classes, claimIngress } from "./claim.ts";
import { hostsOf, isWildcard } from "./hosts.ts";
import { compareDefaultClasses, readClass } from "./ingress-class.ts";
import { ingressClassKind } from "./kinds.ts";
import { type IngressRules, translateRules } from "./rules.ts";
import { httpSection, httpsSection, listenerKey } from "./sections.ts";
import { compareTlsHosts, defaultCertificates, diagnoseTls, httpsListener, makeListener, tlsHostsOf } from "./tls.ts";

/**
 * networking.k8s.io/v1 Ingress and IngressClass. All Ingresses of a gateway share one HTTP listener and the HTTPS listeners of their hosts: rules
 * of several Ingresses for one host are served together, the oldest first where they are alike.
 */
export const ingress: Dialect = { name: "ingress", kinds: [ingressKind, ingressClassKind, gatewayKind], translate };

/** An Ingress that is served, and where. */
interface Served {
  readonly object: SourceObject;
  readonly gateway: string;
}

function translate(inputs: DialectInputs): DialectOutputs {
  const { graph, objects, core, options } = inputs;
  const classes = readClasses(inputs);
  const claims = graph.derive<SourceObject, Claim>("ingress/claims", objects(ingressKind), (object, key, context) => [
    [key, claimIngress(object, classes, options, context)],
  ]);
  const served = graph.derive<SourceObject, Served>("ingress/served", objects(ingressKind), (object, key, context) => {
    const gateway = context.get(claims, key)?.gateway;
    return gateway === undefined ? [] : [[key, { object, gateway }]];
  });
  const tlsEntries = graph.derive("ingress/tls-entries", served, ({ object, gateway }) =>
    tlsHostsOf(object, gateway).map((entry) => [`${gateway}|${entry.host}|${entry.name}`, entry] as const),
  );
  const tlsByHost = graph.group(
    "ingress/tls-by-host",
    tlsEntries,
    (entry) => [`${entry.gateway}|${entry.host}`],
    compareTlsHosts,
  );
  const tlsHosts = graph.derive<unknown, true>("ingress/tls-hosts", tlsByHost, (_, key) => [[key, true]]);
  const wildcardHosts = graph.derive("ingress/wildcard-hosts", served, ({ object, gateway }, key) =>
    hostsOf(object)
      .filter(isWildcard)
      .map((host) => [`${key}|${host}`, { gateway, host }] as const),
  );
  const wildcardUses = graph.group("ingress/wildcard-uses", wildcardHosts, ({ gateway, host }) => [
    `${gateway}|${host}`,
  ]);
  const wildcardNames = graph.derive("ingress/wildcard-names", wildcardUses, (_, key) => [
    [key, key.slice(key.indexOf("|") + 1)],
  ]);
  const wildcards = graph.group("ingress/wildcards", wildcardNames, (host, key) => [key.slice(0, -host.length - 1)]);
  const rules = graph.derive<Served, IngressRules>(
    "ingress/translations",
    served,
    ({ object, gateway }, key, context) => [
      [key, translateRules(object, { gateway, core, options, tlsHosts, wildcards, context })],
    ],
  );
  const tlsDiagnostics = graph.derive<Served, readonly Diagnostic[]>(
    "ingress/tls-diagnostics",
    served,
    ({ object, gateway }, key, context) => [[key, diagnoseTls(object, gateway, tlsByHost, core, options, context)]],
  );
  const hostListeners = graph.derive("ingress/https-listeners", tlsByHost, (entries, _key, context) => {
    const listener = httpsListener(
      entries.map((entry) => entry.value),
      core,
      options,
      context,
    );
    return listener === undefined ? [] : [[listener.key, listener]];
  });
  const placements = graph.derive("ingress/placements", served, ({ gateway }, key) => [[key, gateway]]);
  const byGateway = graph.group("ingress/by-gateway", placements, (gateway) => [gateway]);
  const used = graph.derive<unknown, true>("ingress/used-gateways", byGateway, (_, key) => [[key, true]]);
  const commonListeners = graph.derive<true, Listener>("ingress/common-listeners", used, (_, gateway, context) => {
    const https = makeListener(gateway, "*", defaultCertificates(core, options, context), implied(gateway), options);
    return [httpListener(gateway, options), https].map((listener) => [listener.key, listener] as const);
  });
  const defaultRules = graph.derive<true, Rule>("ingress/default-rules", used, (_, gateway, context) => {
    const standard = options.ingress.defaultBackend;
    if (standard === undefined) return [];
    const forward = forwardTo(standard.service, standard.port, implied(gateway), core, context);
    const rule = installationDefault(gateway, forward.kind === "forward" ? forward.end : unavailable);
    return [[rule.key, rule]];
  });
  const defaultGateways = graph.derive<true, Gateway>("ingress/default-gateway", used, (_, gateway) =>
    gateway === options.ingress.defaultGateway ? [[gateway, defaultGateway(gateway, options)]] : [],
  );
  const defaultProxies = graph.derive<true, ProxyRequest>("ingress/default-proxies", used, (_, gateway) =>
    gateway === options.ingress.defaultGateway ? [[gateway, defaultProxyRequest(gateway)]] : [],
  );
  return {
    gateways: defaultGateways,
    proxies: defaultProxies,
    listeners: graph.join("ingress/listeners", [hostListeners, commonListeners]),
    rules: graph.join("ingress/rules", [
      graph.derive("ingress/object-rules", rules, (translated) =>
        translated.rules.map((rule) => [rule.key, rule] as const),
      ),
      defaultRules,
    ]),
    diagnostics: graph.join("ingress/diagnostics", [
      graph.derive("ingress/object-diagnostics", claims, (claim, key, context) => {
        const found = [
          ...claim.diagnostics,
          ...(context.get(rules, key)?.diagnostics ?? []),
          ...(context.get(tlsDiagnostics, key) ?? []),
        ];
        return found.length === 0 ? [] : [[key, found]];
      }),
      classDiagnostics(inputs, classes),
    ]),
    status: graph.derive("ingress/status", served, ({ object, gateway }, key) => [
      [key, { object: refOf(object), generation: object.generation, status: {}, gateway }],
    ]),
  };
}

function readClasses({ graph, objects, options }: DialectInputs): Classes {
  const gateways = objects(gatewayKind);
  const byName = graph.derive("ingress/classes", objects(ingressClassKind), (object, _key, context) => [
    [object.name, readClass(object, gateways, options, context)],
  ]);
  const defaults = graph.group(
    "ingress/default-classes",
    byName,
    (found) => (found.isDefault ? ["default"] : []),
    compareDefaultClasses,
  );
  return { byName, defaults };
}

function classDiagnostics({ graph, objects }: DialectInputs, classes: Classes): Collection<readonly Diagnostic[]> {
  return graph.derive("ingress/class-diagnostics", objects(ingressClassKind), (object, key, context) => {
    const found = context.get(classes.byName, object.name)?.diagnostics ?? [];
    return found.length === 0 ? [] : [[key, found]];
  });
}

function httpListener(gateway: string, options: DialectOptions): Listener {
  const port = clientPort(options, options.ingress.httpPort);
  return {
    key: listenerKey(gateway, httpSection),
    gateway,
    proxyClass: options.proxyClassOf(gateway),
    section: httpSection,
    port,
    bindPort: port,
    protocol: "http",
    hostname: "*",
    isolation: "shared",
    detectMisdirected: false,
    origin: implied(gateway),
  };
}

function defaultGateway(gateway: string, options: DialectOptions): Gateway {
  return {
    key: gateway,
    proxyClass: options.proxyClassOf(gateway),
    clientAddress: clientAddressOf(options),
    edge: edgeOptionsOf(options, "unescape-and-redirect"),
    creationTimestamp: "",
    origin: implied(gateway),
  };
}

/** Where no Gateway object of that name asks for more, the default gateway has proxies as long as an Ingress uses it. */
function defaultProxyRequest(gateway: string): ProxyRequest {
  return { gateway, labels: {}, annotations: {}, addresses: [], writtenPorts: [], settings: defaultProxySettings };
}

/** The installation's default backend, after everything that any Ingress says. */
function installationDefault(gateway: string, end: Rule["end"]): Rule {
  const attachments = [httpSection, httpsSection].map((section) => ({
    listener: listenerKey(gateway, section),
    hosts: ["*"],
  }));
  return {
    key: `ingress-default/${gateway}/0/0`,
    dialect: "ingress",
    attachments,
    match: { kind: "path", path: { kind: "segment-prefix", value: "/" } },
    order: { rank: 0, specificity: [4] },
    fallThrough: true,
    steps: [],
    end,
    timeouts: {},
    policyTargets: { object: "" },
    origin: implied(gateway),
  };
}

/** What follows from the installation's options has no object of its own: it is told as part of the gateway. */
function implied(gateway: string): Provenance {
  const [namespace = "", name = ""] = gateway.split("/");
  return { source: "", object: { ...gatewayKind, namespace, name, scope: "" }, path: [] };
}
