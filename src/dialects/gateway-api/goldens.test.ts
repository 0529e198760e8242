import { makeTestCertificates } from "../../../test/generators/certificates.ts";
import { testGoldens } from "../../testing/golden.ts";
import { runGolden } from "../testing/golden-world.ts";

const certificates = await makeTestCertificates();

testGoldens(new URL("goldens/", import.meta.url), (golden) => runGolden(golden, "gateway-api", certificates));
