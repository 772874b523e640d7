/** Work on many things, on a few of them at a time. */

/** Resolves once `work` was done on each; begun in order. */
export async function inPool<T>(
  atOnce: number,
  things: readonly T[],
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const waiting = [...things];
  const worker = async () => {
    for (let thing = waiting.shift(); thing !== undefined; thing = waiting.shift()) {
      await work(thing);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
