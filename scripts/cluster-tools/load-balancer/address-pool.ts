/** The addresses of LoadBalancer Services: each Service has at most one, and no two the same. */
export interface AddressPool {
  /**
   * The Service's address. One that it asks for, or has from before, is honoured while it is in the pool and nobody
   * else's; undefined when it is not, or when the pool is exhausted.
   */
  claim(service: string, wanted?: string): string | undefined;
  release(service: string): void;
}

/** A pool of the 254 addresses that start with `prefix`, such as `10.89.1.`. */
export function createAddressPool(prefix: string): AddressPool {
  const all = Array.from({ length: 254 }, (_, index) => `${prefix}${index + 1}`);
  const byService = new Map<string, string>();
  const taken = new Map<string, string>();
  /** Where the search starts: an address that was just given back is the last to be given again. */
  let next = 0;

  const firstFree = (): string | undefined => {
    for (let step = 0; step < all.length; step++) {
      const address = all[(next + step) % all.length];
      if (address === undefined || taken.has(address)) continue;
      next = (next + step + 1) % all.length;
      return address;
    }
    return undefined;
  };
  const release = (service: string): void => {
    const address = byService.get(service);
    if (address !== undefined) taken.delete(address);
    byService.delete(service);
  };
  return {
    release,
    claim(service, wanted) {
      const current = byService.get(service);
      if (current !== undefined && (wanted === undefined || wanted === current)) return current;
      if (wanted !== undefined && (!all.includes(wanted) || taken.has(wanted))) return undefined;
      const address = wanted ?? firstFree();
      if (address === undefined) return undefined;
      release(service);
      byService.set(service, address);
      taken.set(address, service);
      return address;
    },
  };
}
