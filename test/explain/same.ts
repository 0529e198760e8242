/** Where the two differ, in words. */
export function same(what: string, actual: unknown, explained: unknown): string | undefined {
  return actual === explained ? undefined : `${what} ${JSON.stringify(actual)} and not ${JSON.stringify(explained)}`;
}
