/**
 * Steady requests through a Gateway, over HTTP/1.1 and HTTP/2, none of which may fail whatever happens around them. One world for all of it, since
 * bringing it up takes a minute.
 */
import { describe } from "node:test";
import { certificateFaults } from "./certificate-faults.ts";
import { changeFaults } from "./change-faults.ts";
import { controlPlaneFaults } from "./control-plane-faults.ts";
import { partitionFault } from "./partition-fault.ts";
import { workloadFaults } from "./workload-faults.ts";
import { skip, useCluster, useShop } from "./world.ts";

describe("requests through a Gateway go on", { skip }, () => {
  useCluster();

  describe("faults", () => {
    const world = useShop();
    controlPlaneFaults(world);
    workloadFaults(world);
    changeFaults(world);
    certificateFaults(world);
    partitionFault(world);
  });
});
