import type { JsonObject } from "../../model/source-object.ts";
import { gatewayNameLabel, managedByLabel } from "../names.ts";
import { customResourceDefinition, ownKinds } from "./custom-resources.ts";
import { clusterRules, installationRules } from "./roles.ts";

export interface InstallationOptions {
  readonly namespace: string;
  readonly image: string;
  /** A number, or what a template has in its place. */
  readonly replicas: number | string;
}

export interface Installation {
  readonly customResources: readonly JsonObject[];
  readonly namespace: JsonObject;
  /** Everything else, in the order in which it is to be made. */
  readonly objects: readonly JsonObject[];
}

const name = "weir";
const xdsPort = 18_000;
const selector = { "app.kubernetes.io/name": "weir", "app.kubernetes.io/component": "control-plane" };
const stateDirectory = "/var/lib/weir";
const user = 65_532;

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
      service(metadata),
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

/** Proxies find the control plane by this name; replicas find each other by the same one. */
function service(metadata: JsonObject): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      selector,
      ipFamilyPolicy: "PreferDualStack",
      ports: [{ name: "xds", port: xdsPort, targetPort: "xds", protocol: "TCP", appProtocol: "grpc" }],
    },
  };
}

function deployment({ namespace, image, replicas }: InstallationOptions, metadata: JsonObject): JsonObject {
  const spread = (topologyKey: string): JsonObject => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: selector },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: selector },
        spec: {
          serviceAccountName: name,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
            fsGroup: user,
            seccompProfile: { type: "RuntimeDefault" },
          },
          topologySpreadConstraints: [spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname")],
          containers: [container(namespace, image)],
          volumes: [{ name: "state", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } }],
        },
      },
    },
  };
}

function container(namespace: string, image: string): JsonObject {
  const listens: JsonObject = { tcpSocket: { port: "xds" } };
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    args: ["cp", "--kubernetes"],
    env: [
      { name: "WEIR_STATE_DIRECTORY", value: stateDirectory },
      { name: "WEIR_KUBERNETES_INSTALLATION_NAMESPACE", value: namespace },
      { name: "WEIR_INGRESS_DEFAULT_GATEWAY", value: `${namespace}/ingress` },
    ],
    ports: [{ name: "xds", containerPort: xdsPort, protocol: "TCP" }],
    resources: { requests: { cpu: "50m", memory: "128Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    startupProbe: { ...listens, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...listens, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...listens, periodSeconds: 10, failureThreshold: 6 },
    // Endpoint removal spreads before the streams of proxies are ended.
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    volumeMounts: [{ name: "state", mountPath: stateDirectory }],
  };
}

/** Only proxies that Weir made, and other replicas, may open the discovery port; nothing else of a replica is reachable. */
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
      ],
    },
  };
}
