import { worldOf } from "../compile/testing/world.ts";
import { nodesWritten } from "../compile/testing/written-nodes.ts";
import type { EndpointSet } from "../model/backend.ts";
import type { LocatePosition } from "../model/provenance.ts";
import { testGoldens } from "../testing/golden.ts";
import { explain } from "./explain.ts";
import type { ExplainRequest } from "./explanation.ts";
import { explainHuman } from "./render.ts";
import { plainStyler } from "./styler.ts";

/** The requests of a golden; what one leaves out is a GET without headers from a public address. */
interface Asked {
  readonly requests: readonly (Partial<ExplainRequest> & Pick<ExplainRequest, "url">)[];
  readonly endpoints?: readonly EndpointSet[];
  /** Shows the explanations as data in place of text. */
  readonly json?: boolean;
}

/** As if each object stood in a file of its own. */
const locate: LocatePosition = ({ object, path }) => ({
  file: `${object.name}.yaml`,
  line: path.length + 1,
  column: 1,
});

testGoldens(new URL("goldens/", import.meta.url), ({ input, options }) => {
  const asked: Asked = JSON.parse(JSON.stringify(options));
  const { plan } = worldOf(nodesWritten(input));
  const endpointSets = new Map((asked.endpoints ?? []).map((set) => [set.key, set]));
  return asked.requests.map((request) => {
    const explanation = explain(
      { plan, endpointSets },
      { method: "GET", headers: [], clientAddress: "192.0.2.1", ...request },
    );
    return asked.json === true ? explanation : explainHuman(explanation, locate, plainStyler).trimEnd().split("\n");
  });
});
