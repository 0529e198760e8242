import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm, statfs, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandOptions } from "./command.ts";
import { downloadWithGo, runGo } from "./go-command.ts";
import { ClusterProblem, unavailable } from "./problem.ts";

/** A static program that is built from Go modules once and kept by its version. */
interface GoProgram {
  readonly name: string;
  readonly version: string;
  /** The requirements of its go.mod. */
  readonly requires: readonly string[];
  /** A package of those modules; undefined for a main.go of our own, in go/NAME/. */
  readonly package?: string;
  readonly linkerFlags?: string;
  /** Names under which the program is called too. */
  readonly alsoNamed?: readonly string[];
}

/** 1.35 and later refuse cgroup v1 unless told otherwise and want containerd 2, which no stable Debian had when this was chosen. */
export const kubernetesVersion = "v1.34.4";

const kubernetesVersionFlags = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
  .flatMap((path) => [`-X ${path}.gitVersion=${kubernetesVersion}`, `-X ${path}.gitMajor=1`, `-X ${path}.gitMinor=34`])
  .join(" ");

const programs = {
  kubernetes: {
    name: "kubernetes",
    version: kubernetesVersion,
    requires: [`k8s.io/kubernetes ${kubernetesVersion}`],
    linkerFlags: kubernetesVersionFlags,
    alsoNamed: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"],
  },
  coredns: {
    name: "coredns",
    version: "v1.15.0",
    requires: ["github.com/coredns/coredns v1.15.0"],
    package: "github.com/coredns/coredns",
  },
  "echo-basic": {
    name: "echo-basic",
    version: "v1.6.3",
    requires: ["sigs.k8s.io/gateway-api v1.6.3", "sigs.k8s.io/gateway-api/conformance v1.6.3"],
    package: "sigs.k8s.io/gateway-api/conformance/echo-basic",
  },
  pause: { name: "pause", version: "v1", requires: [] },
  /** For those who use the chart; a cluster runs without it. */
  helm: {
    name: "helm",
    version: "v3.19.0",
    requires: ["helm.sh/helm/v3 v3.19.0"],
    package: "helm.sh/helm/v3/cmd/helm",
  },
} as const satisfies Readonly<Record<string, GoProgram>>;

export type ProgramName = keyof typeof programs;

/** What a cluster consists of. */
const programNames: readonly ProgramName[] = ["kubernetes", "coredns", "echo-basic", "pause"];

/** The folder of a program in the cache; the binary in it bears the program's name. */
export function programFolder(cache: string, name: ProgramName): string {
  return join(cache, name, programs[name].version);
}

export async function unbuiltPrograms(cache: string): Promise<readonly ProgramName[]> {
  const unbuilt: ProgramName[] = [];
  for (const name of programNames) if (!(await exists(join(programFolder(cache, name), name)))) unbuilt.push(name);
  return unbuilt;
}

/** What building all programs takes of the disk, most of it in Go's own caches. */
const neededBytes = 10e9;

/** Builds the programs that are not built yet. Throws a ClusterProblem with exit code 69 where they cannot be had. */
export async function buildPrograms(
  cache: string,
  environment: NodeJS.ProcessEnv,
  say: (message: string) => void,
): Promise<void> {
  const unbuilt = await unbuiltPrograms(cache);
  if (unbuilt.length === 0) return;
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  if (bavail * bsize < neededBytes) {
    const free = (bavail * bsize) / 1e9;
    throw new ClusterProblem(
      `${free.toFixed(1)} GB are free for ${cache}; building needs ${neededBytes / 1e9} GB`,
      unavailable,
    );
  }
  for (const name of unbuilt) await ensureProgram(cache, name, environment, say);
}

/** The path of a program, which is built first when it is not in the cache. */
export async function ensureProgram(
  cache: string,
  name: ProgramName,
  environment: NodeJS.ProcessEnv,
  say: (message: string) => void,
): Promise<string> {
  const program: GoProgram = programs[name];
  const folder = programFolder(cache, name);
  const binary = join(folder, name);
  if (await exists(binary)) return binary;
  say(`building ${name} ${program.version} (the first time takes minutes)`);
  await mkdir(folder, { recursive: true });
  const build = await mkdtemp(join(folder, "build-"));
  try {
    await buildProgram(program, build, environment);
    for (const alias of program.alsoNamed ?? []) {
      await rm(join(folder, alias), { force: true });
      await symlink(name, join(folder, alias));
    }
    await rename(join(build, name), binary);
  } finally {
    await rm(build, { recursive: true, force: true });
  }
  return binary;
}

async function buildProgram(program: GoProgram, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const options = { folder, environment: { ...environment, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -mod=mod" } };
  const lines = [`module weir.dev/cluster/${program.name}`, "go 1.24.0"];
  lines.push(...program.requires.map((requirement) => `require ${requirement}`));
  await writeFile(join(folder, "go.mod"), `${lines.join("\n")}\n`);
  if (program.package === undefined) {
    await copyFile(join(import.meta.dirname, "go", program.name, "main.go"), join(folder, "main.go"));
  }
  if (program.name === "kubernetes") {
    lines.push("godebug default=go1.24", ...(await stagingReplacements(options)));
    await writeFile(join(folder, "go.mod"), `${lines.join("\n")}\n`);
  }
  // Completes go.mod and go.sum on the way.
  await downloadWithGo(["list", "-deps", program.package ?? "."], options);
  const flags = `-s -w ${program.linkerFlags ?? ""}`.trim();
  await runGo(["build", "-trimpath", "-ldflags", flags, "-o", program.name, program.package ?? "."], options);
}

/**
 * k8s.io/kubernetes requires the modules that are developed in it at v0.0.0, which exists nowhere: each is replaced by
 * its publication for this release.
 */
async function stagingReplacements(options: CommandOptions): Promise<readonly string[]> {
  const args = ["mod", "download", "-json", `k8s.io/kubernetes@${kubernetesVersion}`];
  const downloaded: unknown = JSON.parse(await downloadWithGo(args, options));
  if (typeof downloaded !== "object" || downloaded === null || !("GoMod" in downloaded)) {
    throw new ClusterProblem("`go mod download -json` names no go.mod for k8s.io/kubernetes");
  }
  const published = kubernetesVersion.replace(/^v1/, "v0");
  return [...(await readFile(String(downloaded.GoMod), "utf8")).matchAll(/^\s+(k8s\.io\/\S+) v0\.0\.0$/gm)].map(
    ([, path]) => `replace ${path} => ${path} ${published}`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
