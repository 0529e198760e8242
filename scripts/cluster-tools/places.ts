import { join } from "node:path";
import { findPlaces } from "../../src/config/places.ts";
import { ClusterProblem } from "./problem.ts";

/** Where a cluster keeps itself, and the addresses that it has inside its own network namespace. */
export interface ClusterPlaces {
  readonly name: string;
  /** Everything of the running cluster; `down` removes it. */
  readonly state: string;
  /** Binaries that were built, by version; they outlive the cluster. */
  readonly cache: string;
  /** Weir's own cache, in which Envoy is installed. */
  readonly weirCache: string;
  readonly kubeconfig: string;
  /** The cgroup, in every hierarchy, under which the pods' cgroups stand. */
  readonly cgroup: string;
}

export const addresses = {
  node: "10.89.0.1",
  nodeLength: 24,
  apiServer: "https://10.89.0.1:6443",
  pods: "10.244.0.0/16",
  services: "10.96.0.0/16",
  /** The first of the Services' addresses: the API server's own. */
  apiServerService: "10.96.0.1",
  dns: "10.96.0.10",
  /** 10.89.1.1 to 10.89.1.254 are for Services of type LoadBalancer. */
  loadBalancers: "10.89.1.",
} as const;

export const nodeName = "weir";

/** Several clusters can stand side by side: WEIR_CLUSTER names one. */
export function findClusterPlaces(environment: NodeJS.ProcessEnv): ClusterPlaces {
  const name = environment.WEIR_CLUSTER ?? "weir";
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(name)) {
    throw new ClusterProblem(
      `WEIR_CLUSTER is ${JSON.stringify(name)}; use up to 21 lower-case letters, digits and "-"`,
    );
  }
  const places = findPlaces(environment);
  const state = join(places.state, "cluster", name);
  return {
    name,
    state,
    cache: join(places.cache, "cluster"),
    weirCache: places.cache,
    kubeconfig: join(state, "kubeconfigs/admin.json"),
    cgroup: `weir-cluster-${name}`,
  };
}
