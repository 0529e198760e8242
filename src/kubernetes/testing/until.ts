/** Lets a test wait for what it expects, asked again whenever something happened and never in between. */
export class Until {
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  /** Something happened. */
  readonly check = (): void => {
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  };

  async until(holds: () => boolean): Promise<void> {
    if (!holds()) await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
  }
}
