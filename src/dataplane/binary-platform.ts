import { open } from "node:fs/promises";

const elfMachines: Readonly<Record<number, string>> = { 3: "ia32", 40: "arm", 62: "x64", 183: "arm64", 243: "riscv64" };
const machTypes: Readonly<Record<number, string>> = { 16777223: "x64", 16777228: "arm64" };

/**
 * The platform an executable was built for, such as `linux arm64`, read from its ELF or Mach-O header. Undefined for
 * scripts and anything else.
 *
 * Needed because the failure to execute a foreign binary is hidden: execvp(3) hands the file to the shell instead.
 */
export async function binaryPlatform(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    if (bytesRead < 20) return undefined;
    if (buffer.readUInt32BE(0) === 0x7f454c46) {
      const machine = buffer[5] === 2 ? buffer.readUInt16BE(18) : buffer.readUInt16LE(18);
      return `linux ${elfMachines[machine] ?? `ELF machine ${machine}`}`;
    }
    if (buffer.readUInt32LE(0) === 0xfeedfacf) {
      const type = buffer.readUInt32LE(4);
      return `darwin ${machTypes[type] ?? `CPU type ${type}`}`;
    }
    return undefined;
  } finally {
    await file.close();
  }
}
