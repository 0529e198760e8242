import { readdir, readFile, readlink } from "node:fs/promises";

export type Transport = "tcp" | "udp";

/** The state of a socket that takes what comes, in /proc/net/tcp and /proc/net/udp (proc_pid_net(5)); there UDP has none of its own and says "closed". */
const listening: Readonly<Record<Transport, string>> = { tcp: "0A", udp: "07" };

interface ListeningSocket {
  /** In hexadecimal, as the table has it. */
  readonly address: string;
  readonly inode: string;
}

/**
 * Whether one process has its port for itself: nobody else listens on an address that it listens on. Undefined where
 * the system does not tell: outside of Linux, or when the process belongs to somebody else.
 */
export async function listensAlone(
  pid: number,
  port: number,
  transport: Transport = "tcp",
): Promise<boolean | undefined> {
  try {
    const tables = await Promise.all(
      ["", "6"].map((family) => listeningSockets(`${transport}${family}`, listening[transport], port)),
    );
    const sockets = tables.flat();
    if (sockets.length === 0) return undefined;
    const inodes = await socketsOf(pid);
    const own = sockets.filter(({ inode }) => inodes.has(inode));
    const others = sockets.filter(({ inode }) => !inodes.has(inode));
    return own.length > 0 && !others.some((other) => own.some((one) => overlap(one, other)));
  } catch {
    return undefined;
  }
}

function overlap(a: ListeningSocket, b: ListeningSocket): boolean {
  return a.address === b.address || isAnyAddress(a) || isAnyAddress(b);
}

function isAnyAddress({ address }: ListeningSocket): boolean {
  return /^0+$/.test(address);
}

/** The sockets in one table that listen on the port: local address in the second column, state in the fourth, inode in the tenth. */
async function listeningSockets(table: string, state: string, port: number): Promise<ListeningSocket[]> {
  const text = await readFile(`/proc/net/${table}`, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [address, hexPort] = columns[1]?.split(":") ?? [];
    const inode = columns[9];
    if (address === undefined || inode === undefined || columns[3] !== state) return [];
    return Number.parseInt(hexPort ?? "", 16) === port ? [{ address, inode }] : [];
  });
}

async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}
