import type { JsonObject } from "../model/source-object.ts";
import { bootstrap, type SharedBootstrapOptions } from "./bootstrap.ts";
import { tokenSecretFile, trustSecretFile } from "./bootstrap-control-plane.ts";
import { defaultPodTimings, type PodTimings } from "./pod-timings.ts";

/** Where a proxy's container finds what it starts with. All volumes are read-only but `run`. */
export const podPaths = {
  /** A ConfigMap volume with `PodBootstrap.files`, mounted as a directory (not with `subPath`, which never changes). */
  configuration: "/etc/weir",
  /** A projected volume with one service-account token: audience `podTokenAudience`, path `token`. */
  token: "/var/run/secrets/weir.dev",
  /** An emptyDir (`medium: Memory`) that the user of the container may write to: Envoy's admin socket. */
  run: "/run/weir",
} as const;

export const podTokenAudience = "xds.weir.dev";

/** Ports of a proxy's pod that are Weir's own; a Gateway cannot have listeners on them. */
export const podPorts = { ready: 19_001, metrics: 19_002 } as const;

export interface PodBootstrapOptions {
  readonly gateway: { readonly namespace: string; readonly name: string };
  readonly controlPlane: {
    /** One name, which may stand for one address or for those of all replicas. */
    readonly host: string;
    readonly port: number;
    /** The name that the control plane's certificate carries. Default: `host`. */
    readonly serverName?: string;
  };
  /** PEM: the authorities that may vouch for the control plane, `trustBundle` of src/identity. May change while pods run. */
  readonly trustedAuthorities: string;
  /** What `podPorts` listen on: `::` in clusters whose pods have IPv6 addresses only. Default: `0.0.0.0`. */
  readonly anyAddress?: "0.0.0.0" | "::";
  readonly stats?: SharedBootstrapOptions["stats"];
  readonly limits?: SharedBootstrapOptions["limits"];
  readonly timings?: PodTimings;
  /** Worker threads; Envoy's default is one per processor of the node, whatever the pod may use of them. */
  readonly concurrency?: number;
  /** Default: `warning`. */
  readonly logLevel?: string;
}

/** Everything a plain Envoy image needs to become a Gateway's proxy. */
export interface PodBootstrap {
  /** By name in the ConfigMap that is mounted at `podPaths.configuration`. Holds no secrets. */
  readonly files: Readonly<Record<PodFile, string>>;
  /** Arguments of the container; they refer to the variables of `environment`. */
  readonly arguments: readonly string[];
  /** Variables of the container, in Kubernetes' form. */
  readonly environment: readonly JsonObject[];
  /**
   * What takes effect only in a new process, in one text: put its hash on the pod template, so that a change rolls the pods. The
   * authorities are not part of it, since running proxies take over new ones.
   */
  readonly restartsOn: string;
}

export type PodFile = "bootstrap.json" | "xds-trust.json" | "xds-token.json" | "ca.crt";

/**
 * The bootstrap of a Gateway's proxy pods, the same for all of them.
 *
 * A pod says who it is with its service-account token; the node id `gateway/<namespace>/<gateway>/<pod uid>` and the cluster
 * `<namespace>/<gateway>` that it also sends are for people who read Envoy's own output. The admin interface is a Unix socket in the container, out of
 * reach even for a route to `localhost`; `podPorts` show `/ready` and `/metrics` of it and nothing else.
 */
export function podBootstrap(options: PodBootstrapOptions): PodBootstrap {
  const { gateway, timings = defaultPodTimings } = options;
  const { host, port, serverName = host } = options.controlPlane;
  const file = (name: PodFile): string => `${podPaths.configuration}/${name}`;
  const configuration = bootstrap({
    controlPlane: {
      kind: "token",
      servers: [{ host, port }],
      serverName,
      trustSecretFile: file("xds-trust.json"),
      tokenSecretFile: file("xds-token.json"),
    },
    admin: { kind: "unix", path: `${podPaths.run}/admin.sock` },
    ready: { address: options.anyAddress ?? "0.0.0.0", port: podPorts.ready },
    metrics: { address: options.anyAddress ?? "0.0.0.0", port: podPorts.metrics },
    ...(options.stats === undefined ? {} : { stats: options.stats }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const files = {
    "bootstrap.json": text(configuration),
    "xds-trust.json": text(trustSecretFile(file("ca.crt"))),
    "xds-token.json": text(tokenSecretFile(`${podPaths.token}/token`)),
    "ca.crt": options.trustedAuthorities,
  };
  const args = [
    ...["--config-path", file("bootstrap.json")],
    ...["--service-node", `gateway/${gateway.namespace}/${gateway.name}/$(POD_UID)`],
    ...["--service-cluster", `${gateway.namespace}/${gateway.name}`],
    ...["--log-level", options.logLevel ?? "warning"],
    // A listener that goes away asks every connection to leave with its next response, and cuts what is left in the end.
    ...["--drain-time-s", String(timings.drainSeconds), "--drain-strategy", "immediate"],
    ...["--file-flush-interval-msec", "500"],
    ...(options.concurrency === undefined ? [] : ["--concurrency", String(options.concurrency)]),
    "--disable-hot-restart",
  ];
  return {
    files,
    arguments: args,
    environment: [{ name: "POD_UID", valueFrom: { fieldRef: { fieldPath: "metadata.uid" } } }],
    restartsOn: JSON.stringify([files["bootstrap.json"], files["xds-trust.json"], files["xds-token.json"], args]),
  };
}

function text(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
