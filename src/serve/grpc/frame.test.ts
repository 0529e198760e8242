import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FrameReader, frameHeaderBytes, writeFrameHeader } from "./frame.ts";

function frame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  writeFrameHeader(header, message.length);
  return Buffer.concat([header, message]);
}

describe("reading frames", () => {
  it("gives the same messages however the bytes are cut", () => {
    const message = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 30 })), (messages, cuts) => {
        const reader = new FrameReader(100);
        const bytes = Buffer.concat(messages.map(frame));
        const read: Buffer[] = [];
        let at = 0;
        for (const length of [...cuts, bytes.length]) {
          const fed = reader.feed(bytes.subarray(at, at + length));
          assert.equal(fed.kind, "messages");
          if (fed.kind === "messages") read.push(...fed.messages);
          at += length;
        }
        assert.deepEqual(
          read.map((part) => [...part]),
          messages.map((part) => [...part]),
        );
        assert.equal(reader.atBoundary, true);
      }),
    );
  });

  it("knows a message cut in half", () => {
    const reader = new FrameReader(100);
    reader.feed(frame(Buffer.from("whole")).subarray(0, 7));
    assert.equal(reader.atBoundary, false);
  });

  it("refuses compressed messages, unknown flags and messages over the limit before they arrive", () => {
    const status = (bytes: Buffer) => {
      const fed = new FrameReader(10).feed(bytes);
      return fed.kind === "error" ? fed.status.code : fed.kind;
    };
    assert.equal(status(Buffer.from([1, 0, 0, 0, 1, 0])), "unimplemented");
    assert.equal(status(Buffer.from([2, 0, 0, 0, 1, 0])), "internal");
    assert.equal(status(Buffer.from([0, 0, 0, 0, 11])), "resourceExhausted");
    assert.equal(status(Buffer.from([0, 0xff, 0xff, 0xff, 0xff])), "resourceExhausted");
  });
});
