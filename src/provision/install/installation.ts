import { replicaTokenAudience, replicaTokenPlace } from "../../identity/replica-token-volume.ts";
import type { JsonObject } from "../../model/source-object.ts";
import { gatewayNameLabel, managedByLabel, replicasServiceName, controlPlaneLabels as selector } from "../names.ts";
import { containerSecurityContext, podSecurityContext, topologySpread } from "../pod-security.ts";
import { scrapeAnnotations } from "../scraping.ts";
import { customResourceDefinition, ownKinds } from "./custom-resources.ts";
import { clusterRules, installationRules } from "./roles.ts";

export interface InstallationOptions {
  readonly namespace: string;
  readonly image: string;
  /** A number, or what a template has in its place. */
  readonly replicas: number | string;
  /** What a replica may use, a quantity of Kubernetes (`1Gi`); three quarters of it for objects. */
  readonly memoryLimit: string;
}

export const defaultMemoryLimit = "1Gi";

export interface Installation {
  readonly customResources: readonly JsonObject[];
  readonly namespace: JsonObject;
  /** Everything else, in the order in which it is to be made. */
  readonly objects: readonly JsonObject[];
}

const name = "weir";
const xdsPort = 18_000;
const healthPort = 18_002;
const stateDirectory = "/var/lib/weir";

/** With it replicas know each other. */
const replicaToken = { audience: replicaTokenAudience, expirationSeconds: 3600, path: replicaTokenPlace.file };

/** What a cluster needs to run Weir: the same for `weir install` and for the Helm chart. */
export function installation(options: InstallationOptions): Installation {
  const { namespace } = options;
  const metadata = { name, namespace, labels: selector };
  const subject = { kind: "ServiceAccount", name, namespace };
  const role = (kind: "ClusterRole" | "Role") => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
  const rbac = "rbac.authorization.k8s.io/v1";
  return {
    customResources: ownKinds.map(customResourceDefinition),
    namespace: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    objects: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata },
      { apiVersion: rbac, kind: "ClusterRole", metadata: { name, labels: selector }, rules: clusterRules() },
      {
        apiVersion: rbac,
        kind: "ClusterRoleBinding",
        metadata: { name, labels: selector },
        roleRef: role("ClusterRole"),
        subjects: [subject],
      },
      { apiVersion: rbac, kind: "Role", metadata, rules: installationRules() },
      { apiVersion: rbac, kind: "RoleBinding", metadata, roleRef: role("Role"), subjects: [subject] },
      // Its name stands in the control plane's certificate.
      service(metadata, xds),
      // By this name proxies find the address of each replica, so that one which falls silent can be passed over: behind an address that stands for all
      // it would be met again and again, for as long as nobody has told the cluster that it is gone.
      service({ ...metadata, name: replicasServiceName(name) }, xds, { clusterIP: "None" }),
      // Where monitoring finds every replica: one that is not ready is the one to look at. The Services for proxies lead to replicas that can serve.
      service({ ...metadata, name: `${name}-metrics` }, figures, {
        clusterIP: "None",
        publishNotReadyAddresses: true,
      }),
      deployment(options, metadata),
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata,
        spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
      },
      networkPolicy(metadata),
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "GatewayClass",
        metadata: { name, labels: selector },
        spec: { controllerName: "weir.dev/gateway" },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name, labels: selector },
        spec: { controller: "weir.dev/ingress" },
      },
    ],
  };
}

const xds: JsonObject = { name: "xds", port: xdsPort, targetPort: "xds", protocol: "TCP", appProtocol: "grpc" };
const figures: JsonObject = {
  name: "metrics",
  port: healthPort,
  targetPort: "health",
  protocol: "TCP",
  appProtocol: "http",
};

/** A Service of the control plane's pods, with one port. */
function service(metadata: JsonObject, port: JsonObject, more: JsonObject = {}): JsonObject {
  const spec = { selector, ...more, ipFamilyPolicy: "PreferDualStack", ports: [port] };
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

function deployment(options: InstallationOptions, metadata: JsonObject): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: selector },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: selector, annotations: scrapeAnnotations(healthPort) },
        spec: {
          serviceAccountName: name,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: podSecurityContext,
          topologySpreadConstraints: topologySpread(selector),
          containers: [container(options)],
          volumes: [
            { name: "state", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
            { name: "replica-token", projected: { sources: [{ serviceAccountToken: replicaToken }] } },
          ],
        },
      },
    },
  };
}

/**
 * There is a limit for memory, so that a replica that grows without end ends itself and not its neighbours, and none for processor time, which would
 * hold changes up when there are most of them.
 */
function container({ namespace, image, memoryLimit }: InstallationOptions): JsonObject {
  const asks = (path: string): JsonObject => ({ httpGet: { path, port: "health" }, timeoutSeconds: 5 });
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    args: ["cp", "--kubernetes"],
    env: [
      { name: "WEIR_STATE_DIRECTORY", value: stateDirectory },
      { name: "WEIR_KUBERNETES_INSTALLATION_NAMESPACE", value: namespace },
      { name: "WEIR_HEALTH_PORT", value: String(healthPort) },
      { name: "WEIR_INGRESS_DEFAULT_GATEWAY", value: `${namespace}/ingress` },
      // Node would leave half of the limit unused, and end long before it is reached.
      { name: "NODE_OPTIONS", value: "--max-old-space-size-percentage=75" },
    ],
    ports: [
      { name: "xds", containerPort: xdsPort, protocol: "TCP" },
      { name: "health", containerPort: healthPort, protocol: "TCP" },
    ],
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: memoryLimit } },
    securityContext: containerSecurityContext,
    // Answered from the start, also while the API server or a leader is waited for: no probe of its own for the start.
    livenessProbe: { ...asks("/healthz"), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...asks("/readyz"), periodSeconds: 2, failureThreshold: 2 },
    // Endpoint removal spreads before the streams of proxies are ended.
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    volumeMounts: [
      { name: "state", mountPath: stateDirectory },
      { name: "replica-token", mountPath: replicaTokenPlace.directory, readOnly: true },
    ],
  };
}

/**
 * Only proxies that Weir made, and other replicas, may open the discovery port. Every pod may ask for health and metrics: where Prometheus runs is not
 * known here, and what it reads gives nothing away. Nothing else of a replica is reachable. (Kubelets always reach the pods of their own node.)
 */
function networkPolicy(metadata: JsonObject): JsonObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: {},
              podSelector: {
                matchLabels: { [managedByLabel]: "weir" },
                matchExpressions: [{ key: gatewayNameLabel, operator: "Exists" }],
              },
            },
            { podSelector: { matchLabels: selector } },
          ],
          ports: [{ port: "xds", protocol: "TCP" }],
        },
        { from: [{ namespaceSelector: {} }], ports: [{ port: "health", protocol: "TCP" }] },
      ],
    },
  };
}
