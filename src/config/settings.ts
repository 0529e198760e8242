import { optional, type SettingTable, setting } from "./setting.ts";
import {
  choice,
  duration,
  integer,
  list,
  mapOf,
  network,
  objectName,
  path,
  port,
  portOrAny,
  servicePort,
  text,
  toggle,
} from "./value-types.ts";

/** The fields of an access log line unless the configuration names others; the values are Envoy's command operators. */
const defaultLogFields: ReadonlyMap<string, string> = new Map([
  ["time", "%START_TIME%"],
  ["client", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"],
  ["method", "%REQ(:METHOD)%"],
  ["scheme", "%REQ(:SCHEME)%"],
  ["host", "%REQ(:AUTHORITY)%"],
  ["path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"],
  ["protocol", "%PROTOCOL%"],
  ["status", "%RESPONSE_CODE%"],
  ["details", "%RESPONSE_CODE_DETAILS%"],
  ["flags", "%RESPONSE_FLAGS%"],
  ["rule", "%ROUTE_NAME%"],
  ["backend", "%UPSTREAM_CLUSTER%"],
  ["endpoint", "%UPSTREAM_HOST%"],
  ["durationMs", "%DURATION%"],
  ["bytesReceived", "%BYTES_RECEIVED%"],
  ["bytesSent", "%BYTES_SENT%"],
  ["requestId", "%REQ(X-REQUEST-ID)%"],
  ["userAgent", "%REQ(USER-AGENT)%"],
]);

/**
 * Every setting of the control plane. The file, the environment, the flags, their help and docs/reference/configuration.md are all
 * read from this table; `configuration.ts` turns it into values.
 */
export const settings = {
  stateDirectory: optional(
    "stateDirectory",
    path,
    "Where Weir keeps what a restart needs: the store, the API token, the discovery socket.",
    "$XDG_STATE_HOME/weir (~/.local/state/weir)",
  ),
  ports: setting(
    "ports",
    mapOf(port, port, "a mapping of port: port"),
    new Map<number, number>(),
    "Ports to listen on in place of the written ones, for example 80: 8080 where low ports need privilege. Clients use them, and redirects name them.",
    "none; 80=8080,443=8443 for weir up",
  ),
  sources: {
    order: setting(
      "sources.order",
      list(choice("file", "store"), "a list of: file, store"),
      ["file", "store"],
      "Whose object counts when two sources define the same one: the first in this list. The other one is reported.",
    ),
    files: setting(
      "sources.files",
      list(path, "a list of paths"),
      [],
      "Files and directories with objects in YAML or JSON, watched for changes. `weir up` and `weir cp` take them as arguments too.",
    ),
    store: optional(
      "sources.store",
      path,
      "The SQLite database that holds what was written through the API.",
      "<stateDirectory>/weir.db",
    ),
  },
  api: {
    address: setting(
      "api.address",
      text,
      "127.0.0.1",
      "The address the HTTP API listens on. Keep it on loopback unless something in front of it encrypts.",
    ),
    port: setting("api.port", portOrAny, 9347, "The port of the HTTP API. 9347 spells WEIR on a telephone."),
    certificateFile: optional(
      "api.certificateFile",
      path,
      "A certificate chain in PEM for the API. Needed on every address but loopback; on loopback Weir makes one.",
    ),
    keyFile: optional("api.keyFile", path, "The private key of that certificate, in PEM."),
    hostNames: setting(
      "api.hostNames",
      list(text, "a list of names"),
      [],
      "Further names by which clients call the API; requests that name others are refused.",
    ),
  },
  health: {
    port: optional(
      "health.port",
      portOrAny,
      "A port that answers /healthz, /readyz and /metrics, and nothing else, over plain HTTP and without credentials: for kubelets, load balancers and Prometheus. What it tells is counts and times, no name of an object.",
      "none; 18002 in an installation in a cluster",
    ),
    address: optional("health.address", text, "The address of that port.", "every address"),
  },
  xds: {
    socket: optional(
      "xds.socket",
      path,
      "The Unix socket on which proxies of this machine get their configuration.",
      "<stateDirectory>/xds.sock",
    ),
  },
  kubernetes: {
    enabled: setting(
      "kubernetes.enabled",
      toggle,
      false,
      "Whether objects come from a Kubernetes cluster, and statuses and proxies go there, in place of files and the store. `weir cp --kubernetes` is short for it.",
    ),
    kubeconfig: optional(
      "kubernetes.kubeconfig",
      path,
      "The kubeconfig that names the cluster.",
      "the service account in a pod, else as kubectl finds it: KUBECONFIG, ~/.kube/config",
    ),
    context: optional(
      "kubernetes.context",
      text,
      "The context of the kubeconfig to use.",
      "the current one of the kubeconfig",
    ),
    namespaces: setting(
      "kubernetes.namespaces",
      list(text, "a list of namespaces"),
      [],
      "The namespaces that are read. Objects without a namespace are read in any case.",
      "all",
    ),
    selector: optional(
      "kubernetes.selector",
      text,
      "A label selector for what is served: Ingresses, Gateways, routes and policies. What these refer to need not have the labels.",
    ),
    installationNamespace: setting(
      "kubernetes.installationNamespace",
      text,
      "weir-system",
      "The namespace of Weir's own objects.",
    ),
    leaseName: setting(
      "kubernetes.leaseName",
      text,
      "weir",
      "The Lease by which replicas agree on the one that writes. Installations that share a namespace need different ones.",
    ),
    replicaName: optional(
      "kubernetes.replicaName",
      text,
      "What this replica is called in the Lease and in logs.",
      "the name of the host, which in a pod is the pod's",
    ),
    xdsPort: setting(
      "kubernetes.xdsPort",
      portOrAny,
      18_000,
      "The port on which proxies in the cluster get their configuration.",
    ),
    service: setting(
      "kubernetes.service",
      text,
      "weir",
      "The Service in the installation's namespace for that port. Its name is part of the certificate; proxies find the address of each replica by the Service of this name and `-replicas`.",
    ),
    envoyImage: optional(
      "kubernetes.envoyImage",
      text,
      "The image of proxies where no ProxyClass names one.",
      "envoyproxy/envoy, in the version that Weir is built for",
    ),
    publishService: optional(
      "kubernetes.publishService",
      objectName,
      "A Service whose addresses are told on all Gateways and Ingresses in place of those of each Gateway's own Service.",
    ),
  },
  ingress: {
    controller: setting(
      "ingress.controller",
      text,
      "weir.dev/ingress",
      "The controller name of the IngressClasses that Weir serves.",
    ),
    defaultGateway: setting(
      "ingress.defaultGateway",
      objectName,
      "weir-system/ingress",
      "The gateway that serves Ingresses whose class names none.",
    ),
    httpPort: setting("ingress.httpPort", port, 80, "The port for HTTP of that gateway."),
    httpsPort: setting("ingress.httpsPort", port, 443, "The port for HTTPS of that gateway."),
    classless: optional(
      "ingress.classless",
      choice("serve", "ignore"),
      "What happens to an Ingress that names no class while no IngressClass is marked as default. A cluster may have other controllers, and who serves an Ingress there makes proxies for it.",
      "serve on one machine, ignore in a cluster",
    ),
    redirectToHttps: setting(
      "ingress.redirectToHttps",
      toggle,
      true,
      "Whether HTTP requests are redirected to HTTPS for hosts that an Ingress lists under tls.",
    ),
    defaultCertificate: optional(
      "ingress.defaultCertificate",
      objectName,
      "The Secret whose certificate serves HTTPS for hosts that have none of their own.",
    ),
    defaultBackend: optional(
      "ingress.defaultBackend",
      servicePort,
      "The Service that answers requests that match no Ingress rule.",
      "404",
    ),
  },
  gateway: {
    controller: setting(
      "gateway.controller",
      text,
      "weir.dev/gateway",
      "The controller name of the GatewayClasses that Weir serves.",
    ),
    proxies: setting(
      "gateway.proxies",
      choice("shared", "per-gateway"),
      "shared",
      "Whether all gateways are served by the same proxies, or each by proxies of its own (`weir dp --gateway namespace/name`). `weir up` runs one proxy, shared by all.",
    ),
  },
  clientAddress: {
    from: setting(
      "clientAddress.from",
      choice("connection", "x-forwarded-for", "proxy-protocol"),
      "connection",
      "Where the address of the client is taken from. x-forwarded-for needs clientAddress.trustedHops or clientAddress.trustedNetworks; proxy-protocol is then required on every connection.",
    ),
    trustedHops: optional(
      "clientAddress.trustedHops",
      integer(1, 32),
      "The number of proxies in front of Weir that add to X-Forwarded-For: the client is the address that many places from its right end.",
    ),
    trustedNetworks: setting(
      "clientAddress.trustedNetworks",
      list(network, "a list of networks"),
      [],
      "Networks of the proxies in front of Weir: the client is the rightmost address of X-Forwarded-For outside of them.",
    ),
  },
  edge: {
    escapedSlashes: optional(
      "edge.escapedSlashes",
      choice("keep", "reject", "unescape-and-redirect", "unescape-and-forward"),
      "What happens to %2F and %5C in paths.",
      "as the dialect documents it",
    ),
    headersWithUnderscores: setting(
      "edge.headersWithUnderscores",
      choice("allow", "reject", "drop"),
      "reject",
      "What happens to requests with underscores in header names, which some servers take for dashes.",
    ),
    mergeSlashes: setting(
      "edge.mergeSlashes",
      toggle,
      true,
      "Whether // in a path counts as / when routes are matched.",
    ),
  },
  accessLog: {
    format: setting(
      "accessLog.format",
      choice("json", "text", "off"),
      "json",
      "The form of the access log. Each line names the rule that matched.",
    ),
    path: setting("accessLog.path", path, "/dev/stdout", "The file the proxy writes its access log to."),
    fields: setting(
      "accessLog.fields",
      mapOf(text, text, "a mapping of name: Envoy command operator"),
      defaultLogFields,
      "The fields of a JSON access log line. %ROUTE_NAME% is the rule.",
      "listed below",
    ),
    text: setting(
      "accessLog.text",
      text,
      '[%START_TIME%] %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% "%REQ(:METHOD)% %REQ(:SCHEME)%://%REQ(:AUTHORITY)%%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT% %DURATION%ms %ROUTE_NAME% %UPSTREAM_CLUSTER%',
      "The line of a text access log.",
      "a line with time, client, request, status, rule and backend",
    ),
  },
  envoy: {
    path: optional(
      "envoy.path",
      path,
      "The Envoy binary to run.",
      "the one on PATH, else the pinned version, installed into the cache",
    ),
    concurrency: optional(
      "envoy.concurrency",
      integer(1, 1024),
      "Worker threads of each Envoy.",
      "one for each processor",
    ),
    metricsPort: optional(
      "envoy.metricsPort",
      port,
      "A port on loopback on which the proxy itself answers /metrics for Prometheus, without going through the API.",
    ),
    readyPort: optional(
      "envoy.readyPort",
      port,
      "A port on loopback on which the proxy itself answers /ready: 200 while it takes traffic.",
    ),
    logLevel: setting(
      "envoy.logLevel",
      choice("trace", "debug", "info", "warning", "error", "critical", "off"),
      "warning",
      "How much Envoy itself logs.",
    ),
  },
  serving: {
    releaseAfter: setting(
      "serving.releaseAfter",
      duration,
      2000,
      "How long a host waits for its new clusters to be acknowledged before it goes out without (WR0503).",
      "2s",
    ),
  },
  log: {
    level: setting(
      "log.level",
      choice("trace", "debug", "info", "warn", "error"),
      "info",
      "How much the control plane logs. `weir log-level` changes it while Weir runs.",
    ),
    format: setting(
      "log.format",
      choice("auto", "text", "json"),
      "auto",
      "With auto, text goes to a terminal and JSON to anything else.",
    ),
  },
  development: {
    certificates: optional(
      "development.certificates",
      toggle,
      "Whether Secrets for Ingresses and Gateways annotated `weir.dev/certificates: development` are made from the local development certificate authority.",
      "true for weir up, false for weir cp",
    ),
    demoBackends: optional(
      "development.demoBackends",
      toggle,
      "Whether demo servers are run behind EndpointSlices annotated `weir.dev/demo-backend`.",
      "true for weir up, false for weir cp",
    ),
    directory: optional(
      "development.directory",
      path,
      "Where the development certificate authority is kept.",
      "$XDG_DATA_HOME/weir/development-ca (~/.local/share/weir/development-ca)",
    ),
  },
} as const satisfies SettingTable;
