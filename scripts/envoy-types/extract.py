"""Write the FileDescriptorSet of an xds-protos wheel to a file.

Each `_pb2.py` module of the wheel registers its file with one call
`AddSerializedFile(b'...')`; the literal is the serialized FileDescriptorProto.
Only the standard library is used, so that no protobuf runtime for Python is needed.

Usage: extract.py WHEEL OUTPUT
"""

import ast
import re
import sys
import zipfile

CALL = re.compile(r"AddSerializedFile\((b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\")\)")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def main(wheel: str, output: str) -> None:
    files = 0
    with zipfile.ZipFile(wheel) as archive, open(output, "wb") as out:
        for name in sorted(archive.namelist()):
            if not name.endswith("_pb2.py"):
                continue
            found = CALL.search(archive.read(name).decode("utf-8"))
            if found is None:
                sys.exit(f"{wheel}: {name} holds no serialized descriptor; was the wheel built in another way?")
            descriptor = ast.literal_eval(found.group(1))
            # FileDescriptorSet.file is field 1, length-delimited.
            out.write(b"\x0a" + varint(len(descriptor)) + descriptor)
            files += 1
    if files == 0:
        sys.exit(f"{wheel}: no descriptors found")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
