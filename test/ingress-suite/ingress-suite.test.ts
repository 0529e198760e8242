/** What the documentation of Ingress says, by its own tables and examples, in a real cluster: https://kubernetes.io/docs/concepts/services-networking/ingress/ */
import { after, before, describe } from "node:test";
import { backends } from "./backends.ts";
import { classes } from "./classes.ts";
import { defaultBackends } from "./default-backend.ts";
import { hosts } from "./hosts.ts";
import { pathTypes } from "./path-types.ts";
import { precedence } from "./precedence.ts";
import { SuiteCluster } from "./suite-cluster.ts";
import { tls } from "./tls.ts";

const parts = {
  "path types": pathTypes,
  "multiple matches": precedence,
  hosts,
  "default backend": defaultBackends,
  backends,
  classes,
  TLS: tls,
};

const cluster = new SuiteCluster();

describe("Ingress in a cluster", { skip: (await cluster.unavailable()) ?? false }, () => {
  before(() => cluster.open());
  after(() => cluster.close());
  for (const [name, part] of Object.entries(parts)) describe(name, () => part(cluster));
});
