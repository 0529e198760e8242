import { type PodBootstrap, podPaths, podPorts, podTokenAudience } from "../dataplane/pod-bootstrap.ts";
import { defaultPodTimings, podTermination } from "../dataplane/pod-timings.ts";
import { objectAt } from "../model/json.ts";
import type { ProxySettings } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import { proxyContainer } from "./memory-limit.ts";
import { hash8, restartAnnotation } from "./names.ts";
import { patched } from "./patch-template.ts";
import { containerSecurityContext, podSecurityContext, topologySpread } from "./pod-security.ts";
import { scrapeAnnotations } from "./scraping.ts";

/** Small, so that many gateways fit on a node: Envoy alone needs about that, and what traffic adds is for the user to say. */
const defaultResources: JsonObject = { requests: { cpu: "10m", memory: "32Mi" } };

export interface DeploymentInput {
  /** Of all objects of the gateway. */
  readonly metadata: JsonObject & { readonly name: string };
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly settings: ProxySettings;
  readonly image: string;
  readonly bootstrap: PodBootstrap;
}

/** The Deployment of a gateway's proxies. */
export function deployment(input: DeploymentInput): JsonObject {
  const { metadata, selector, settings } = input;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      // Left out where nobody says how many, so that an autoscaler may.
      ...(settings.replicas === undefined ? {} : { replicas: settings.replicas }),
      selector: { matchLabels: selector },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate(input),
    },
  };
}

function podTemplate(input: DeploymentInput): JsonObject {
  const { selector, settings, bootstrap } = input;
  const template: JsonObject = {
    metadata: {
      labels: { ...input.labels, ...selector },
      annotations: {
        ...scrapeAnnotations(podPorts.metrics),
        ...input.annotations,
        [restartAnnotation]: hash8(bootstrap.restartsOn),
      },
    },
    spec: podSpec(input),
  };
  const whole = settings.podTemplate === undefined ? template : patched(template, settings.podTemplate);
  const metadata = objectAt(whole, "metadata");
  // The selector of a Deployment cannot change, and pods without its labels would never be counted.
  return { ...whole, metadata: { ...metadata, labels: { ...objectAt(metadata, "labels"), ...selector } } };
}

function podSpec({ metadata, selector, settings, image, bootstrap }: DeploymentInput): JsonObject {
  return {
    serviceAccountName: metadata.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: podTermination(defaultPodTimings).gracePeriodSeconds,
    securityContext: {
      ...podSecurityContext,
      // Lets Envoy listen on the ports of the Gateway themselves; a safe sysctl, in effect for this pod alone.
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    },
    topologySpreadConstraints: topologySpread(selector),
    containers: [container(settings, image, bootstrap)],
    volumes: [
      { name: "configuration", configMap: { name: metadata.name } },
      {
        name: "token",
        projected: {
          sources: [{ serviceAccountToken: { audience: podTokenAudience, expirationSeconds: 3600, path: "token" } }],
        },
      },
      { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    ],
  };
}

/**
 * There is no liveness probe: an Envoy that drains or has no configuration yet is not ready, but restarting it would only cut the
 * connections that it still serves.
 */
function container(settings: ProxySettings, image: string, bootstrap: PodBootstrap): JsonObject {
  const ready: JsonObject = { httpGet: { path: "/ready", port: podPorts.ready } };
  return {
    name: proxyContainer,
    image: settings.image ?? image,
    imagePullPolicy: "IfNotPresent",
    args: bootstrap.arguments,
    env: bootstrap.environment,
    ports: [
      { name: "ready", containerPort: podPorts.ready, protocol: "TCP" },
      { name: "metrics", containerPort: podPorts.metrics, protocol: "TCP" },
    ],
    resources: settings.resources ?? defaultResources,
    securityContext: containerSecurityContext,
    // A short period, since a new Gateway waits for it; long enough in all for a control plane that is not there yet.
    startupProbe: { ...ready, periodSeconds: 1, failureThreshold: 600 },
    readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
    lifecycle: { preStop: { sleep: { seconds: podTermination(defaultPodTimings).preStopSleepSeconds } } },
    volumeMounts: [
      { name: "configuration", mountPath: podPaths.configuration, readOnly: true },
      { name: "token", mountPath: podPaths.token, readOnly: true },
      { name: "run", mountPath: podPaths.run },
    ],
  };
}
