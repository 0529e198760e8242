import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessFormatProblem } from "./access-format.ts";

describe("access log formats", () => {
  for (const format of [
    "",
    "plain text",
    "100%%",
    "%START_TIME%",
    "%START_TIME(%Y/%m/%dT%H:%M:%S%z)% x",
    "%START_TIME(%s.%3f)%",
    "%REQ(:AUTHORITY)%",
    "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH):256%",
    "%RESPONSE_CODE%%RESPONSE_FLAGS%",
  ]) {
    it(`takes ${JSON.stringify(format)}`, () => assert.equal(accessFormatProblem(format), undefined));
  }
  for (const format of [
    "%",
    "50% off",
    "%NOPE%",
    "%REQ%",
    "%REQ()%",
    "%REQ(a b)%",
    "%ROUTE_NAME(x)%",
    "%start_time%",
    "%START_TIME(%Y%",
    "%CEL(1)%",
    "%ENVIRONMENT(HOME)%",
  ]) {
    it(`refuses ${JSON.stringify(format)}`, () => assert.notEqual(accessFormatProblem(format), undefined));
  }
});
