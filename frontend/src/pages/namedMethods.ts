/**
 * How the rows of a table were measured: the method alone where all rows have one, else each with
 * the names of its rows.
 */
export function namedMethods(rows: readonly { name: string; method: string | undefined }[]) {
  const names = new Map<string, string[]>();
  for (const { name, method } of rows) {
    if (method !== undefined) names.set(method, [...(names.get(method) ?? []), name]);
  }
  if (names.size <= 1) return [...names.keys()];
  return [...names].map(([method, those]) => `${method} (${those.join(", ")})`);
}
