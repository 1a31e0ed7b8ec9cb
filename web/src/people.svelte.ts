/** Who did something, as a name: the api says which key acted. */
import { api } from "./api/client";
import { m } from "./messages";
import { session } from "./session.svelte";

class People {
  #names = $state<Record<string, string>>({});
  #asked = false;

  /** The name for an id; names that need asking for appear once they are known. */
  name(by: string): string {
    if (!by) return m.people.tidings;
    if (by === session.key?.id || by === session.person?.email) return m.people.you;
    if (by.includes("@")) return by;
    const known = this.#names[by];
    if (!known && !this.#asked) queueMicrotask(() => void this.#ask());
    return known ?? m.people.somebody;
  }

  async #ask(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const { items } = await api.keys();
      this.#names = Object.fromEntries(items.map(({ id, name }) => [id, name]));
    } catch {
      // Without the list the trail says "somebody"; everything else works.
    }
  }
}

export const people = new People();
