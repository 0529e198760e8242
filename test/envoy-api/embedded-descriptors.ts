import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/**
 * The descriptor of a .proto file that is compiled into a program: C++ keeps each as serialized bytes in its read-only
 * data. Undefined when the program does not have it.
 */
export function embeddedDescriptor(program: Buffer, file: string): FileDescriptorProto | undefined {
  // FileDescriptorProto.name is field 1 and comes first; the package, field 2, follows. Other files import this one by name.
  const start = Buffer.concat([Buffer.from([0x0a, file.length]), Buffer.from(file), Buffer.from([0x12])]);
  const at = program.indexOf(start);
  if (at === -1) return undefined;
  return fromBinary(FileDescriptorProtoSchema, program.subarray(at, at + descriptorLength(program.subarray(at))));
}

/** How many bytes from the start are fields of a FileDescriptorProto, in the order in which they are serialized. */
function descriptorLength(bytes: Buffer): number {
  const reader = new BinaryReader(bytes);
  let end = 0;
  let last = 0;
  // Zeros follow where the syntax, the last field, is left out as in proto2.
  while (bytes[reader.pos] !== 0) {
    const [number, type] = reader.tag();
    const lengthDelimited = [1, 2, 3, 4, 5, 6, 7, 8, 12].includes(number);
    const repeated = [3, 4, 5, 6, 7, 10, 11].includes(number);
    const ordered = number > last || (number === last && repeated) || number === 10 || number === 11;
    if (!(lengthDelimited ? type === WireType.LengthDelimited : repeated) || !ordered) return end;
    reader.skip(type, number);
    end = reader.pos;
    // Public and weak dependencies (10, 11) are serialized in between.
    if (number !== 10 && number !== 11) last = number;
    if (number === 12) return end;
  }
  return end;
}
