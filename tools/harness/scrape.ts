/** The figures that an operator process shows to Prometheus. */
export interface Scrape {
  readonly page: string;
  /** The sum of all series of a metric whose labels include these; 0 if there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The series of a metric; of a histogram its sums and counts, without the buckets. */
  linesOf(name: string): readonly string[];
  /** The series that name this connection. */
  seriesOf(connection: string): readonly string[];
}

export async function scrape(url: string): Promise<Scrape> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return {
    page,
    sum(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return lines
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => wanted.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    linesOf: (name) => lines.filter((line) => new RegExp(`^${name}(_sum|_count)?[{ ]`).test(line)),
    seriesOf: (connection) => lines.filter((line) => line.includes(`connection="${connection}"`)),
  };
}
