import type { JsonObject } from "../../model/source-object.ts";
import { defaultMemoryLimit, installation } from "./installation.ts";

const values = {
  namespace: "{{ .Release.Namespace }}",
  image: "{{ .Values.image }}",
  replicas: "{{ .Values.replicas }}",
  memoryLimit: "{{ .Values.memoryLimit }}",
};

/**
 * The files of the Helm chart: the objects of `weir install`, with values in place of what may be chosen. Helm makes the namespace itself and
 * never deletes or changes what is in `crds/`.
 * @param write YAML documents from objects.
 */
export function chartFiles(
  version: string,
  image: string,
  write: (objects: readonly JsonObject[]) => string,
): ReadonlyMap<string, string> {
  const { customResources, objects } = installation(values);
  // A number in a template must not be quoted.
  const templates = write(objects).replaceAll(`"${values.replicas}"`, values.replicas);
  const chart: JsonObject = {
    apiVersion: "v2",
    name: "weir",
    description: "Control plane for Kubernetes ingress, API gateway and service mesh, on Envoy",
    type: "application",
    version,
    appVersion: version,
    kubeVersion: ">=1.30.0-0",
  };
  return new Map([
    ["Chart.yaml", write([chart])],
    ["values.yaml", write([{ image, replicas: 2, memoryLimit: defaultMemoryLimit }])],
    ["crds/weir.yaml", write(customResources)],
    ["templates/weir.yaml", templates],
  ]);
}
