import { join } from "node:path";
import type { IngressOptions } from "../dialects/dialect.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { AccessLogOptions, ClientAddressRule, EdgeOptions } from "../model/gateway.ts";
import { expandPath, type Places } from "./places.ts";
import { configurationProblem } from "./problem.ts";
import { environmentName, flagName, type Setting } from "./setting.ts";
import { settings } from "./settings.ts";

/** The control plane's configuration, checked, with defaults filled in and all paths absolute. */
export interface Configuration {
  readonly stateDirectory: string;
  readonly sources: {
    readonly order: readonly ("file" | "store")[];
    readonly files: readonly string[];
    readonly store: string;
  };
  readonly api: ApiConfiguration;
  readonly health: HealthConfiguration | undefined;
  readonly xdsSocket: string;
  readonly kubernetes: KubernetesConfiguration;
  readonly ports: ReadonlyMap<number, number>;
  readonly ingressController: string;
  readonly ingress: IngressOptions;
  readonly gatewayController: string;
  readonly proxyClasses: "shared" | "per-gateway";
  readonly clientAddress: ClientAddressRule;
  /** `escapedSlashes` is undefined where each dialect keeps its own default. */
  readonly edge: Omit<EdgeOptions, "escapedSlashes"> & {
    readonly escapedSlashes: EdgeOptions["escapedSlashes"] | undefined;
  };
  readonly envoy: {
    readonly path: string | undefined;
    readonly concurrency: number | undefined;
    readonly logLevel: string;
    readonly metricsPort: number | undefined;
    readonly readyPort: number | undefined;
  };
  readonly releaseAfterMs: number;
  readonly log: {
    readonly level: "trace" | "debug" | "info" | "warn" | "error";
    readonly format: "auto" | "text" | "json";
  };
  readonly development: { readonly certificates: boolean; readonly demoBackends: boolean; readonly directory: string };
}

export interface KubernetesConfiguration {
  readonly enabled: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly selector: string | undefined;
  readonly installationNamespace: string;
  readonly leaseName: string;
  readonly replicaName: string | undefined;
  readonly xdsPort: number;
  readonly service: string;
  readonly envoyImage: string | undefined;
  /** `namespace/name`. */
  readonly publishService: string | undefined;
}

export interface ApiConfiguration {
  readonly address: string;
  readonly port: number;
  /** Undefined: Weir makes a certificate of its own, which is enough on loopback. */
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  readonly hostNames: readonly string[];
}

/** A port of its own for health checks and metrics. */
export interface HealthConfiguration {
  readonly port: number;
  /** Undefined: every address. */
  readonly address: string | undefined;
}

/** What a setting is, whoever said so; reports what cannot be read and answers with the default then. */
export type ReadSetting = <T>(setting: Setting<T>) => T;

export interface Surroundings {
  readonly places: Places;
  readonly workingDirectory: string;
  /** Whether the command is the all-in-one one, which brings its own development aids. */
  readonly development: boolean;
}

export function buildConfiguration(
  read: ReadSetting,
  { places, workingDirectory, development }: Surroundings,
  report: (problem: Diagnostic) => void,
): Configuration {
  const expand = (written: string): string => expandPath(written, places.home, workingDirectory);
  const readPath = (setting: Setting<string | undefined>, otherwise: string): string => {
    const written = read(setting);
    return written === undefined ? otherwise : expand(written);
  };
  const stateDirectory = readPath(settings.stateDirectory, places.state);
  const envoyPath = read(settings.envoy.path);
  const defaultCertificate = read(settings.ingress.defaultCertificate);
  const defaultBackend = read(settings.ingress.defaultBackend);
  return {
    stateDirectory,
    sources: {
      order: read(settings.sources.order),
      files: read(settings.sources.files).map(expand),
      store: readPath(settings.sources.store, join(stateDirectory, "weir.db")),
    },
    api: readApi(read, expand, report),
    health: readHealth(read),
    xdsSocket: readPath(settings.xds.socket, join(stateDirectory, "xds.sock")),
    kubernetes: readKubernetes(read, expand),
    ports: read(settings.ports),
    ingressController: read(settings.ingress.controller),
    ingress: {
      defaultGateway: read(settings.ingress.defaultGateway),
      httpPort: read(settings.ingress.httpPort),
      httpsPort: read(settings.ingress.httpsPort),
      classless: read(settings.ingress.classless) ?? (read(settings.kubernetes.enabled) ? "ignore" : "serve"),
      redirectToHttps: read(settings.ingress.redirectToHttps),
      ...(defaultCertificate === undefined ? {} : { defaultCertificate }),
      ...(defaultBackend === undefined ? {} : { defaultBackend }),
    },
    gatewayController: read(settings.gateway.controller),
    proxyClasses: read(settings.gateway.proxies),
    clientAddress: readClientAddress(read, report),
    edge: {
      escapedSlashes: read(settings.edge.escapedSlashes),
      headersWithUnderscores: read(settings.edge.headersWithUnderscores),
      mergeSlashes: read(settings.edge.mergeSlashes),
      accessLog: readAccessLog(read, expand),
    },
    envoy: {
      path: envoyPath === undefined ? undefined : expand(envoyPath),
      concurrency: read(settings.envoy.concurrency),
      logLevel: read(settings.envoy.logLevel),
      metricsPort: read(settings.envoy.metricsPort),
      readyPort: read(settings.envoy.readyPort),
    },
    releaseAfterMs: read(settings.serving.releaseAfter),
    log: { level: read(settings.log.level), format: read(settings.log.format) },
    development: {
      certificates: read(settings.development.certificates) ?? development,
      demoBackends: read(settings.development.demoBackends) ?? development,
      directory: readPath(settings.development.directory, join(places.data, "development-ca")),
    },
  };
}

function readApi(
  read: ReadSetting,
  expand: (path: string) => string,
  report: (problem: Diagnostic) => void,
): ApiConfiguration {
  const certificateFile = read(settings.api.certificateFile);
  const keyFile = read(settings.api.keyFile);
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    const message = "api.certificateFile and api.keyFile belong together";
    report(configurationProblem("WR0603", ["api"], message, "give both of them, or neither"));
  }
  const isComplete = certificateFile !== undefined && keyFile !== undefined;
  return {
    address: read(settings.api.address),
    port: read(settings.api.port),
    tls: isComplete ? { certificateFile: expand(certificateFile), keyFile: expand(keyFile) } : undefined,
    hostNames: read(settings.api.hostNames),
  };
}

function readHealth(read: ReadSetting): HealthConfiguration | undefined {
  const port = read(settings.health.port);
  const address = read(settings.health.address);
  return port === undefined ? undefined : { port, address };
}

function readKubernetes(read: ReadSetting, expand: (path: string) => string): KubernetesConfiguration {
  const { kubernetes } = settings;
  const kubeconfig = read(kubernetes.kubeconfig);
  return {
    enabled: read(kubernetes.enabled),
    kubeconfig: kubeconfig === undefined ? undefined : expand(kubeconfig),
    context: read(kubernetes.context),
    namespaces: read(kubernetes.namespaces),
    selector: read(kubernetes.selector),
    installationNamespace: read(kubernetes.installationNamespace),
    leaseName: read(kubernetes.leaseName),
    replicaName: read(kubernetes.replicaName),
    xdsPort: read(kubernetes.xdsPort),
    service: read(kubernetes.service),
    envoyImage: read(kubernetes.envoyImage),
    publishService: read(kubernetes.publishService),
  };
}

function readClientAddress(read: ReadSetting, report: (problem: Diagnostic) => void): ClientAddressRule {
  const from = read(settings.clientAddress.from);
  const hops = read(settings.clientAddress.trustedHops);
  const cidrs = read(settings.clientAddress.trustedNetworks);
  const wrong = (message: string, hint: string): void =>
    report(configurationProblem("WR0603", ["clientAddress"], message, hint));
  if (from !== "x-forwarded-for") {
    if (hops !== undefined || cidrs.length > 0) {
      wrong(
        "clientAddress.trustedHops and clientAddress.trustedNetworks need clientAddress.from: x-forwarded-for",
        "set clientAddress.from, or remove the other one",
      );
    }
    return from === "connection" ? { kind: "direct" } : { kind: "proxy-protocol" };
  }
  if (hops !== undefined && cidrs.length === 0) return { kind: "trusted-hops", hops };
  if (hops === undefined && cidrs.length > 0) return { kind: "trusted-cidrs", cidrs };
  wrong(
    "clientAddress.from: x-forwarded-for needs either clientAddress.trustedHops or clientAddress.trustedNetworks",
    "give the number of proxies in front of Weir, or their networks, but not both",
  );
  return { kind: "direct" };
}

function readAccessLog(read: ReadSetting, expand: (path: string) => string): AccessLogOptions {
  const format = read(settings.accessLog.format);
  const path = expand(read(settings.accessLog.path));
  const fields = read(settings.accessLog.fields);
  const line = read(settings.accessLog.text);
  switch (format) {
    case "off":
      return { kind: "off" };
    case "json":
      return { kind: "json", path, fields: Object.fromEntries(fields) };
    case "text":
      return { kind: "text", path, format: `${line}\n` };
  }
}

/** The names under which a setting can be given, for messages and documentation. */
export function settingNames(setting: Setting<unknown>): { readonly flag: string; readonly variable: string } {
  return { flag: `--${flagName(setting.path)}`, variable: environmentName(setting.path) };
}
