import assert from "node:assert/strict";
import { it } from "node:test";
import { statusHeaders } from "./status.ts";

it("encodes what may not stand in a header", () => {
  assert.deepEqual(statusHeaders({ code: "permissionDenied", message: "100 % für\nalle" }), {
    "grpc-status": "7",
    "grpc-message": "100 %25 f%C3%BCr%0Aalle",
  });
  assert.deepEqual(statusHeaders({ code: "ok", message: "" }), { "grpc-status": "0" });
});
