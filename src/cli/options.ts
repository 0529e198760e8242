import { choiceOption, listOption, numberOption, textOption, toggleOption } from "./option.ts";

/** Options that mean the same in every command that has them. */
export const common = {
  configuration: textOption("-c, --config <file>", "configuration file"),
  output: choiceOption("-o, --output <format>", "json or yaml in place of a table", ["json", "yaml"]),
  /** -o of commands that show objects. */
  objectOutput: choiceOption("-o, --output <format>", "json, yaml, name or wide", ["json", "yaml", "name", "wide"]),
  namespace: textOption("-n, --namespace <name>", "namespace; default: default"),
  allNamespaces: toggleOption("-A, --all-namespaces", "objects of all namespaces"),
  selector: textOption("-l, --selector <labels>", "only objects with these labels (app=shop,tier!=test)"),
  watch: toggleOption("-w, --watch", "go on and show changes"),
  files: listOption("-f, --file <path>", "file or directory with objects, - for standard input; may be repeated"),
  stateDirectory: textOption("--state-directory <path>", "state directory of the Weir to talk to"),
  server: textOption("--server <url>", "address of the API of the Weir to talk to"),
} as const;

/** Which Weir a client command talks to. */
export const connection = [common.configuration, common.stateDirectory, common.server] as const;

export const apply = {
  dryRun: toggleOption("--dry-run", "have everything checked, but nothing stored"),
} as const;

export const explain = {
  header: listOption("-H, --header <name: value>", "request header; may be repeated"),
  clientIp: textOption("--client-ip <address>", "address of the client; default 127.0.0.1"),
  sni: textOption("--sni <name>", "server name of the TLS connection; default the host of the URL"),
  gateway: textOption("--gateway <namespace/name>", "the gateway the request arrives at, where several share a port"),
} as const;

export const proxyStats = {
  filter: textOption("--filter <expression>", "only figures whose name this regular expression finds"),
} as const;

export const demo = {
  name: textOption("--name <name>", "how the backend calls itself; default demo"),
  version: textOption("--version <version>", "the version it tells; default v1"),
  address: textOption("--address <address>", "address to listen on; default 127.0.0.1"),
  port: numberOption("--port <port>", "port to listen on; default 9001", 9001, { min: 0, max: 65_535 }),
  caFile: textOption("--cacert <file>", "certificates to trust in place of the system's"),
  resolve: textOption("--resolve <address>", "connect to this address, whatever the host's name resolves to"),
  timeout: numberOption("--timeout <ms>", "milliseconds to wait for the answer; default 5000", 5000, {
    min: 1,
    max: 3_600_000,
  }),
} as const;

export const certificate = {
  secret: textOption("--secret <namespace/name>", "name of the Secret; default default/development-tls"),
} as const;

export const controlPlane = {
  kubernetes: toggleOption("--kubernetes", "take objects from a Kubernetes cluster, and serve its Gateways"),
} as const;

export const dataplane = {
  gateway: textOption("--gateway <namespace/name>", "the gateway this proxy serves, with gateway.proxies: per-gateway"),
} as const;

export const install = {
  namespace: textOption("-n, --namespace <name>", "namespace of Weir's own objects; default weir-system"),
  image: textOption("--image <image>", "image of the control plane; default the one of this version"),
  replicas: numberOption("--replicas <number>", "replicas of the control plane; default 2", 2, { min: 1, max: 100 }),
  memoryLimit: textOption("--memory-limit <quantity>", "memory that each of them may use; default 1Gi"),
} as const;
