import type { EncodedResource, EncodedRouteTable, EncodedVirtualHost } from "../../xds/resource.ts";
import { DeltaScript, summary } from "./scripted-client.ts";
import { StreamHarness } from "./stream-harness.ts";
import { TestPlans, virtualHost, whole } from "./test-plans.ts";

/** Short names for what the tests of the delta protocol are about. */

export const proxyClass = "default/web";

/** A cluster whose endpoints have its own name. */
export function cluster(name: string, content = "1"): EncodedResource {
  return whole("cluster", name, { content, endpoints: name });
}

export function endpoint(name: string, content = "1"): EncodedResource {
  return whole("endpoint", name, { content });
}

export function host(name: string, clusters: readonly string[], content = "1"): EncodedVirtualHost {
  return virtualHost({ name, clusters, content });
}

/** A server whose plan a test edits. */
export class DeltaFixture {
  readonly plans = new TestPlans();
  readonly harness = new StreamHarness(this.plans);

  client(): DeltaScript {
    return new DeltaScript(this.harness);
  }

  /** A client that has clusters, their endpoints and a route table, all acknowledged. */
  connected(clusters: readonly string[], routes: EncodedRouteTable): DeltaScript {
    this.plans.replace(proxyClass, [...clusters.flatMap((name) => [cluster(name), endpoint(name)]), routes]);
    const client = this.client();
    client.subscribe("cluster", "*");
    client.settle();
    client.subscribe("endpoint", ...clusters);
    client.settle();
    client.subscribe("route", routes.name);
    client.settle();
    return client;
  }
}

/** What a client received since it was last asked. */
export function summaries(client: DeltaScript): string[] {
  return client.take().map(summary);
}
