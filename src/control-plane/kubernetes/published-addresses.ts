import { objectAt } from "../../model/json.ts";
import { type ObjectRef, objectKey } from "../../model/source-object.ts";
import { addressesOfServices } from "../../provision/addresses.ts";
import type { KubernetesSource } from "../../sources/kubernetes/options.ts";
import type { AddressState } from "../../status/addresses.ts";
import type { Pipeline } from "../pipeline.ts";

const SERVICE = { group: "", kind: "Service" } as const;

export interface PublishedAddresses {
  readonly addresses: () => AddressState;
  /** Tells whenever they change. Returns the function that ends it. */
  readonly follow: (changed: () => void) => () => void;
}

/**
 * The addresses of one Service that an installation publishes for all its gateways.
 * @param published `namespace/name` of the Service.
 */
export function publishedAddresses(
  published: string,
  { intake }: Pick<Pipeline, "intake">,
  source: Pick<KubernetesSource, "current" | "onStatus">,
): PublishedAddresses {
  const [namespace = "", name = ""] = published.split("/", 2);
  const ref: ObjectRef = { ...SERVICE, namespace, name, scope: "" };
  const key = objectKey(ref);
  const services = intake.objects(SERVICE);
  return {
    addresses: () => {
      const service = services.get(key);
      if (service === undefined) return addressesOfServices([]);
      const { status } = source.current(ref) ?? {};
      return addressesOfServices([{ spec: objectAt(service.body, "spec"), status }]);
    },
    follow: (changed) => {
      const ends = [
        source.onStatus((object) => {
          if (objectKey(object) === key) changed();
        }),
        services.subscribe((changes) => {
          if (changes.has(key)) changed();
        }),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
