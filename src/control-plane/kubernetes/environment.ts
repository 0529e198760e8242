import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { kindDefinitions } from "../../admission/kinds.ts";
import type { Configuration } from "../../config/configuration.ts";
import { followLeavingPods } from "../../dataplane/leaving-pods.ts";
import { defaultPodTimings } from "../../dataplane/pod-timings.ts";
import { ClusterKeys } from "../../identity/cluster-keys.ts";
import { gatewayOf, type PodGateway, podKey } from "../../identity/proxy-pod.ts";
import { openReplicaToken, type ReplicaToken } from "../../identity/replica-authenticator.ts";
import { replicaTokenPlace } from "../../identity/replica-token-volume.ts";
import { tokenAuthenticator } from "../../identity/token-authenticator.ts";
import { trustBundle, type XdsCertificates, xdsServerNames } from "../../identity/xds-certificates.ts";
import { xdsTls } from "../../identity/xds-secret.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { systemClock } from "../../kubernetes/clock.ts";
import type { CredentialsFrom } from "../../kubernetes/credentials.ts";
import { LeaderElection } from "../../kubernetes/leader-election.ts";
import { openKubernetesClient } from "../../kubernetes/open-client.ts";
import { objectKey } from "../../model/source-object.ts";
import { defaultEnvoyImage, type InstallationSettings } from "../../provision/gateway-objects.ts";
import { LiveObjects } from "../../provision/live-objects.ts";
import { objectName, replicasServiceName } from "../../provision/names.ts";
import { wantedProxies } from "../../provision/wanted.ts";
import { referencedObjects } from "../../references/referenced-objects.ts";
import type { Authenticator } from "../../serve/authentication.ts";
import { systemClock as serverClock } from "../../serve/clock.ts";
import { createKubernetesSource } from "../../sources/kubernetes/kubernetes-source.ts";
import type { KubernetesSource, KubernetesTrouble } from "../../sources/kubernetes/options.ts";
import { noStore } from "../../sources/store/no-store.ts";
import { KubernetesStatusTarget } from "../../status/kubernetes-target.ts";
import { version } from "../../version.ts";
import { releaseOfImage } from "../../xds/envoy-release.ts";
import { localEncodeOptions } from "../../xds/local-options.ts";
import { defaultEncodeOptions } from "../../xds/options.ts";
import type { AttachedEnvironment, Environment, RunningParts } from "../environment.ts";
import { unlessInterrupted } from "../interruption.ts";
import type { Log } from "../log.ts";
import { classState } from "../proxy-classes.ts";
import { objectEvents } from "./object-events.ts";
import { objectPath } from "./object-paths.ts";
import { Provisioning } from "./provisioning.ts";
import { ProxyPods } from "./proxy-pods.ts";
import { publishedAddresses } from "./published-addresses.ts";
import { Replicas } from "./replicas/replicas.ts";
import { XdsCertificateKeeper } from "./xds-certificate-keeper.ts";

const XDS_SECRET = "weir-xds";

/** The API server answers within milliseconds, of which this process spends few: enough requests to keep it busy, few enough to leave room for others. */
const STATUS_WRITES_AT_ONCE = 8;
const STATUS_RETRY_MS = 2_000;

export interface KubernetesEnvironmentOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  /** Aborted when Weir is to end: what it waits for then may never come. */
  readonly interrupted: AbortSignal;
}

/**
 * A cluster: objects come from the Kubernetes API, statuses go there, and one of several replicas leads. Rejects where the credentials cannot be
 * read, and with `StartInterrupted`; an API server that does not answer is waited for.
 */
export async function kubernetesEnvironment(options: KubernetesEnvironmentOptions): Promise<Environment> {
  const { configuration, log, interrupted } = options;
  const { kubernetes } = configuration;
  const { client, server } = await openKubernetesClient(credentialsFrom(configuration), `weir/${version}`);
  log.info("talking to a cluster", { server });
  const source = createKubernetesSource({
    client,
    kinds: kindDefinitions,
    referencesOf: referencedObjects,
    namespaces: kubernetes.namespaces,
    ...(kubernetes.selector === undefined ? {} : { labelSelector: kubernetes.selector }),
    onTrouble: (trouble) => logTrouble(log, trouble),
  });
  const leadership = electLeader(client, configuration, log);
  leadership.start();
  const certificates = keepCertificates(client, leadership, configuration, log);
  const pods = new ProxyPods({
    client,
    clock: systemClock,
    onTrouble: (problem) => logTrouble(log, { what: "pods", problem }),
  });
  const live = new LiveObjects({
    client,
    clock: systemClock,
    onTrouble: (kind, problem) => logTrouble(log, { what: `${kind}s of proxies`, problem }),
  });
  const close = async () => {
    certificates.close();
    await Promise.all([pods.close(), live.stop()]);
    await leadership.close();
    await client.close();
  };
  const opening = Promise.all([certificates.open(), pods.start(), live.start()]);
  const [first] = await unlessInterrupted(opening, interrupted).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const keys = new ClusterKeys({
    client,
    now: () => performance.now(),
    onFailure: (reason) => log.warn("the keys of the cluster cannot be fetched", { reason }),
  });
  const replicaToken = await openReplicaToken(join(replicaTokenPlace.directory, replicaTokenPlace.file));
  if (replicaToken === undefined) log.info("runs in no pod of an installation: other replicas are not looked for");
  // Pods share the kernel of their node; what this one can bind, they can.
  const { anyAddress } = localEncodeOptions({ platform: process.platform, exists: existsSync });
  return {
    proxyClasses: "per-gateway",
    sources: [source],
    encode: { ...defaultEncodeOptions, envoyRelease: releaseOfImage(envoyImage(configuration)), anyAddress },
    listen: { kind: "tcp", host: anyAddress, port: kubernetes.xdsPort, tls: xdsTls(first) },
    authenticator: authenticateProxies(keys, pods),
    store: noStore("objects are kept in the cluster: write them there, with kubectl for example"),
    leadership,
    statuses: { writesAtOnce: STATUS_WRITES_AT_ONCE, retryMs: STATUS_RETRY_MS },
    attach: (parts) =>
      attach(parts, { client, source, leadership, pods, live, certificates, first, keys, replicaToken }),
    close,
  };
}

interface Cluster {
  readonly client: KubernetesClient;
  readonly source: KubernetesSource;
  readonly leadership: LeaderElection;
  readonly pods: ProxyPods;
  /** What exists of what Weir makes. */
  readonly live: LiveObjects;
  readonly certificates: XdsCertificateKeeper;
  /** The certificates that the server starts with. */
  readonly first: XdsCertificates;
  readonly keys: ClusterKeys;
  /** Undefined outside of a pod of the installation. */
  readonly replicaToken: ReplicaToken | undefined;
}

function attach(parts: RunningParts, cluster: Cluster): AttachedEnvironment {
  const { client, source, leadership, pods, live, certificates, first } = cluster;
  const { configuration, pipeline, xds, log } = parts;
  const { publishService } = configuration.kubernetes;
  const statusTarget = new KubernetesStatusTarget({
    client,
    term: () => leadership.term(),
    pathOf: (object) => {
      const found = pipeline.intake.objects(object).get(objectKey(object));
      return found === undefined ? undefined : objectPath(object, found.apiVersion);
    },
    known: (object) => source.current(object),
    controllers: [configuration.gatewayController, configuration.ingressController],
  });
  let trusted = trustBundle(first);
  const replicas = findReplicas(parts, cluster, () => trusted);
  const provisioning = new Provisioning({
    client,
    leadership,
    live,
    wanted: wantedProxies(pipeline.graph, pipeline.proxies, pipeline.listeners),
    published: publishService === undefined ? undefined : publishedAddresses(publishService, pipeline, source),
    settings: () => installationSettings(configuration, trusted),
    graph: pipeline.graph,
    problems: pipeline.surroundings,
    addressesChanged: parts.addressesChanged,
    log,
  });
  const beginEvents = objectEvents(parts, client, source, leadership);
  certificates.onRenewed((renewed) => {
    xds.renewTls(xdsTls(renewed));
    trusted = trustBundle(renewed);
    provisioning.settingsChanged();
    log.info("the certificates of the xDS port were renewed");
  });
  const ends: (() => void)[] = [
    followLeavingPods({
      pods: pods.all,
      serviceAccountOf,
      server: xds,
      spreadSeconds: defaultPodTimings.spreadSeconds,
      clock: serverClock,
    }),
    pods.onReadiness((pod) => {
      const gateway = gatewayOf(pod, serviceAccountOf);
      if (gateway !== undefined) parts.proxiesChanged(`${gateway.namespace}/${gateway.name}`);
    }),
  ];
  return {
    replicas,
    statusTarget,
    rememberedStatus: (object) => source.current(object)?.status,
    stateOf: (proxyClass) =>
      replicas?.stateOf(proxyClass) ?? classState(xds.proxies, proxyClass, (nodeId) => pods.isReady(nodeId)),
    addressesOf: (gateway) => provisioning.addressesOf(gateway),
    started: () => {
      replicas?.start();
      provisioning.start();
      ends.push(beginEvents(), source.onStatus(parts.statusRemembered));
    },
    stopping: async () => {
      for (const end of ends) end();
      await Promise.all([provisioning.stop(), replicas?.stop()]);
    },
  };
}

function findReplicas(
  parts: RunningParts,
  { client, keys, pods, replicaToken }: Cluster,
  trusted: () => string,
): Replicas | undefined {
  const { service, installationNamespace, xdsPort } = parts.configuration.kubernetes;
  const [serverName = ""] = xdsServerNames(service, installationNamespace);
  if (replicaToken === undefined) return undefined;
  const isReady = (nodeId: string) => pods.isReady(nodeId);
  return new Replicas({ client, keys, token: replicaToken, port: xdsPort, serverName, trusted, isReady }, parts);
}

function installationSettings(configuration: Configuration, trustedAuthorities: string): InstallationSettings {
  const { service, installationNamespace, xdsPort } = configuration.kubernetes;
  const [serverName = ""] = xdsServerNames(service, installationNamespace);
  const host = `${replicasServiceName(service)}.${installationNamespace}.svc`;
  const controlPlane = { host, port: xdsPort, serverName };
  return { envoyImage: envoyImage(configuration), controlPlane, trustedAuthorities };
}

/** The image of proxies for which no ProxyClass names another. */
function envoyImage({ kubernetes }: Configuration): string {
  return kubernetes.envoyImage ?? defaultEnvoyImage;
}

function keepCertificates(
  client: KubernetesClient,
  leadership: LeaderElection,
  { kubernetes: { installationNamespace, service } }: Configuration,
  log: Log,
): XdsCertificateKeeper {
  return new XdsCertificateKeeper({
    client,
    leadership,
    namespace: installationNamespace,
    name: XDS_SECRET,
    serverNames: xdsServerNames(service, installationNamespace),
    now: () => new Date(),
    // While these are waited for, nothing else keeps the process.
    setTimer: (run, ms) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    onProblem: (problem) => log.warn("no certificates for the xDS port", { problem }),
  });
}

function authenticateProxies(keys: ClusterKeys, pods: ProxyPods): Authenticator {
  return tokenAuthenticator({
    keys,
    pod: (namespace, name) => pods.all.get(podKey({ namespace, name })),
    serviceAccountOf,
    now: () => new Date(),
  });
}

/** The service account that the provisioner has a Gateway's proxies run under. */
function serviceAccountOf({ name }: PodGateway): string {
  return objectName(name);
}

function credentialsFrom({ kubernetes: { kubeconfig, context } }: Configuration): CredentialsFrom {
  const named = context === undefined ? {} : { context };
  if (kubeconfig !== undefined) return { kind: "file", path: kubeconfig, ...named };
  return { kind: "default", ...named };
}

function electLeader(client: KubernetesClient, { kubernetes }: Configuration, log: Log): LeaderElection {
  const identity = `${kubernetes.replicaName ?? hostname()}_${crypto.randomUUID()}`;
  const election = new LeaderElection({
    client,
    namespace: kubernetes.installationNamespace,
    name: kubernetes.leaseName,
    identity,
    onProblem: (problem) => log.warn("cannot stand for election", { problem }),
  });
  election.follow({
    gained: () => log.info("this replica leads", { replica: identity }),
    lost: () => log.warn("this replica no longer leads", { replica: identity }),
  });
  return election;
}

function logTrouble(log: Log, { what, problem }: KubernetesTrouble): void {
  if (problem === undefined) log.info("can be read again", { what });
  else log.warn("cannot be read; what is known of it stays in effect", { what, problem });
}
