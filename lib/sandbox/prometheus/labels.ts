/** Label sets: sorted by name, compared by a key that is computed once. */
export class Labels {
  static readonly empty = new Labels([]);
  /** Pairs sorted by name; no name twice, no empty value (Prometheus reads an empty value as absent). */
  readonly pairs: readonly (readonly [string, string])[];
  #key: string | undefined;
  #map: Map<string, string> | undefined;

  private constructor(pairs: readonly (readonly [string, string])[]) {
    this.pairs = pairs;
  }

  static from(record: Record<string, string>): Labels {
    return Labels.of(Object.entries(record));
  }

  static of(pairs: Iterable<readonly [string, string]>): Labels {
    const kept = new Map<string, string>();
    for (const [name, value] of pairs) if (value !== '') kept.set(name, value);
    return new Labels([...kept].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Equal keys = equal label sets. Label values cannot hold the separator: it is not valid UTF-8 text input. */
  get key(): string {
    this.#key ??= this.pairs.map(([name, value]) => `${name}\u0001${value}`).join('\u0002');
    return this.#key;
  }

  /** The value, or "" when the label is absent. */
  get(name: string): string {
    this.#map ??= new Map(this.pairs);
    return this.#map.get(name) ?? '';
  }

  with(name: string, value: string): Labels {
    return Labels.of([...this.pairs.filter(([other]) => other !== name), [name, value]]);
  }

  without(names: Iterable<string>): Labels {
    const dropped = new Set(names);
    return new Labels(this.pairs.filter(([name]) => !dropped.has(name)));
  }

  only(names: Iterable<string>): Labels {
    const kept = new Set(names);
    return new Labels(this.pairs.filter(([name]) => kept.has(name)));
  }

  withoutName(): Labels {
    return this.without(['__name__']);
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.pairs);
  }

  /** Prometheus' order of label sets: pair by pair, a shorter set first. */
  compare(other: Labels): number {
    for (const [index, [name, value]] of this.pairs.entries()) {
      const pair = other.pairs[index];
      if (!pair) return 1;
      if (name !== pair[0]) return name < pair[0] ? -1 : 1;
      if (value !== pair[1]) return value < pair[1] ? -1 : 1;
    }
    return this.pairs.length - other.pairs.length;
  }

  /** As Prometheus writes a label set in its messages. */
  toString(): string {
    return `{${this.pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
  }
}
