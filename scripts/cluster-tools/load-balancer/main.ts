/**
 * Gives each Service of type LoadBalancer an address and writes it into its status; kube-proxy answers for it. Runs in
 * the cluster's network namespace until it is ended. Argument: a kubeconfig with everything in it.
 */
import { setTimeout as wait } from "node:timers/promises";
import { addresses } from "../places.ts";
import { createAddressPool } from "./address-pool.ts";
import { connect, type Service } from "./services.ts";

const [kubeconfig = ""] = process.argv.slice(2);
const api = await connect(kubeconfig);
const pool = createAddressPool(addresses.loadBalancers);
/** The identifiers of the Services seen and not deleted since. */
const known = new Set<string>();
/** Those that wait for an address which another has, or for any. */
const waiting = new Map<string, Service>();

async function settle(service: Service): Promise<void> {
  const { uid, name, namespace, isLoadBalancer, wanted, given } = service;
  known.add(uid);
  if (!isLoadBalancer) {
    waiting.delete(uid);
    pool.release(uid);
    if (given.length > 0) await api.writeAddresses(service, []);
    return;
  }
  const address = pool.claim(uid, wanted ?? given[0]);
  if (address === undefined) {
    if (!waiting.has(uid)) {
      process.stderr.write(
        `no address for ${namespace}/${name}${wanted === undefined ? "" : `: ${wanted} is not free`}\n`,
      );
    }
    waiting.set(uid, service);
    return;
  }
  waiting.delete(uid);
  if (given.length === 1 && given[0] === address) return;
  await api.writeAddresses(service, [address]);
  process.stderr.write(`${namespace}/${name} has ${address}\n`);
}

function forget(uid: string): void {
  waiting.delete(uid);
  pool.release(uid);
  known.delete(uid);
}

for (;;) {
  try {
    const { services, resourceVersion } = await api.list();
    const there = new Set(services.map(({ uid }) => uid));
    for (const uid of known) if (!there.has(uid)) forget(uid);
    // Those that have an address first, so that nobody else gets it.
    for (const service of services.toSorted((a, b) => b.given.length - a.given.length)) {
      await settle(service);
    }
    for await (const { type, service } of api.watch(resourceVersion)) {
      if (type === "DELETED") forget(service.uid);
      else await settle(service);
      for (const other of [...waiting.values()]) await settle(other);
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}; starting over\n`);
  }
  await wait(200);
}
