/** What replicas make their tokens out to: with one of these nobody gets a configuration, and with a proxy's nobody is taken for a replica. */
export const replicaTokenAudience = "replicas.weir.dev";

/** Where a replica finds its token, in a projected volume mounted at `directory`, which the kubelet keeps fresh. */
export const replicaTokenPlace = { directory: "/var/run/secrets/weir.dev", file: "token" } as const;
