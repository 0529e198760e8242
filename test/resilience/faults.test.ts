/**
 * Steady requests through a Gateway, over HTTP/1.1 and HTTP/2, none of which may fail whatever happens around them. One world for all of it, since
 * bringing it up takes a minute; it begins as the previous release left it.
 */
import { describe } from "node:test";
import { certificateFaults } from "./certificate-faults.ts";
import { changeFaults } from "./change-faults.ts";
import { controlPlaneFaults } from "./control-plane-faults.ts";
import { partitionFault } from "./partition-fault.ts";
import { previousRelease } from "./previous-release.ts";
import { upgrade } from "./upgrade.ts";
import { webSocketFault } from "./websocket-fault.ts";
import { workloadFaults } from "./workload-faults.ts";
import { skip, useCluster, useShop } from "./world.ts";

const previous = await previousRelease();

describe("requests through a Gateway go on", { skip }, () => {
  useCluster();

  if (previous === undefined) {
    describe("upgrade", { skip: "the history does not reach back to the previous release" });
  } else {
    describe("upgrade", () => upgrade(useShop({ weir: previous })));
  }

  describe("faults", () => {
    const world = useShop();
    controlPlaneFaults(world);
    workloadFaults(world);
    webSocketFault(world);
    changeFaults(world);
    certificateFaults(world);
    partitionFault(world);
  });
});
