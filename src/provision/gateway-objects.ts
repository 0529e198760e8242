import { installedEnvoy } from "../dataplane/envoy-wheel.ts";
import { type PodBootstrapOptions, podBootstrap, podPorts } from "../dataplane/pod-bootstrap.ts";
import { objectAt } from "../model/json.ts";
import type { ProxyRequest, ServedPort, SettledProxyRequest } from "../model/proxy-request.ts";
import type { JsonObject } from "../model/source-object.ts";
import { deployment } from "./deployment.ts";
import { heapLimit } from "./memory-limit.ts";
import { gatewayLabels, hash8, objectName, wantedAnnotation } from "./names.ts";
import { plannedServices, type ServiceLookup } from "./planned-services.ts";
import { services } from "./service.ts";

/** What all gateways of an installation share. */
export interface InstallationSettings {
  /** Image of the proxies where nothing else is said. */
  readonly envoyImage: string;
  /** Where proxies find the control plane. */
  readonly controlPlane: PodBootstrapOptions["controlPlane"];
  /** PEM: who may vouch for the control plane. May change while proxies run. */
  readonly trustedAuthorities: string;
}

/** A gateway that is to have proxies, and the ports on which they are reached. */
export interface WantedProxies {
  readonly request: ProxyRequest;
  /** Sorted, distinct. */
  readonly ports: readonly ServedPort[];
}

/** The same with everything known that is needed to make them. */
export interface SettledProxies extends WantedProxies {
  readonly request: SettledProxyRequest;
}

/** The release that is installed on machines too, which Weir is tested with. */
export const defaultEnvoyImage = `envoyproxy/envoy:distroless-v${installedEnvoy}`;

/**
 * The objects of a gateway's proxies, in the order in which they are made: ServiceAccount, ConfigMap, Services, Deployment,
 * PodDisruptionBudget. A function of its arguments alone. They are owned by the Gateway, so that they go with it even while no Weir runs.
 *
 * @param serviceOf the Services that are there: each keeps the address that it has.
 */
export function gatewayObjects(
  { request, ports }: SettledProxies,
  settings: InstallationSettings,
  serviceOf: ServiceLookup,
): JsonObject[] {
  const [namespace = "", gateway = ""] = request.gateway.split("/");
  const selector = gatewayLabels(gateway);
  const name = objectName(gateway);
  const labels = { "app.kubernetes.io/name": "weir-proxy", ...request.labels, ...selector };
  const metadata = (
    own: string,
    annotations: Readonly<Record<string, string>> = {},
  ): JsonObject & { name: string } => ({
    name: own,
    namespace,
    labels,
    annotations: { ...request.annotations, ...annotations },
    ...ownerReferences(request),
  });
  const heapBytes = heapLimit(request.settings);
  const bootstrap = podBootstrap({
    gateway: { namespace, name: gateway },
    controlPlane: settings.controlPlane,
    trustedAuthorities: settings.trustedAuthorities,
    ...(heapBytes === undefined ? {} : { limits: { heapBytes } }),
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(name), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(name), data: { ...bootstrap.files } },
    ...(ports.length === 0 ? [] : services(request, plannedServices(request, serviceOf), ports, metadata, selector)),
    deployment({
      metadata: metadata(name),
      selector,
      labels,
      annotations: request.annotations,
      settings: request.settings,
      image: settings.envoyImage,
      bootstrap,
    }),
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: metadata(name),
      // Not minAvailable: with one replica that would keep nodes from ever being drained.
      spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
    },
  ].map(withWantedHash);
}

/** Ports on which a pod answers itself, and what: a listener on one of them cannot be opened. */
export const reservedPorts: ReadonlyMap<number, string> = new Map([
  [podPorts.ready, "readiness probes"],
  [podPorts.metrics, "requests for metrics"],
]);

function ownerReferences({ owner }: ProxyRequest): JsonObject {
  if (owner === undefined) return {};
  const { ref, apiVersion, uid } = owner;
  return {
    ownerReferences: [{ apiVersion, kind: ref.kind, name: ref.name, uid, controller: true, blockOwnerDeletion: false }],
  };
}

function withWantedHash(object: JsonObject): JsonObject {
  const metadata = objectAt(object, "metadata");
  const wanted = hash8(JSON.stringify(object));
  const annotations = { ...objectAt(metadata, "annotations"), [wantedAnnotation]: wanted };
  return { ...object, metadata: { ...metadata, annotations } };
}
