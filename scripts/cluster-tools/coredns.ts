import { addresses } from "./places.ts";

export const corednsImage = "registry.k8s.io/coredns/coredns:v1.12.2";

const name = "coredns";
const labels = { "k8s-app": "kube-dns" };
const metadata = { name, namespace: "kube-system", labels };

/** Nothing outside the cluster can be reached, so names outside it do not exist; without the second block they give SERVFAIL. */
const corefile = `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health :8080 {
        lameduck 1s
    }
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    reload 2s
}
.:53 {
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
`;

/** The cluster's name server, behind the Service address that the kubelet writes into every pod. */
export const corednsObjects = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "system:coredns" },
    rules: [
      { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "system:coredns" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
    subjects: [{ kind: "ServiceAccount", name, namespace: "kube-system" }],
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, name: "kube-dns" },
    spec: {
      clusterIP: addresses.dns,
      selector: labels,
      ports: [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, protocol: "TCP" },
      ],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          dnsPolicy: "Default",
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name,
              image: corednsImage,
              imagePullPolicy: "IfNotPresent",
              args: ["-conf", "/etc/coredns/Corefile"],
              ports: [{ containerPort: 53, protocol: "UDP" }],
              readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
              resources: { requests: { cpu: "10m", memory: "32Mi" } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
              },
              volumeMounts: [{ name: "configuration", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [{ name: "configuration", configMap: { name } }],
        },
      },
    },
  },
] as const;
